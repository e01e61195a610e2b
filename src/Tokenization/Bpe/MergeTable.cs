namespace MoE.Tokenization.Bpe;

/// <summary>Which neighbours merge, how early, and into what.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<Pair, Merge> _merges;

    public MergeTable(int capacity) => _merges = new Dictionary<Pair, Merge>(capacity);

    /// <summary>Adds a merge; a later one replaces an earlier one of the same pair, as in Hugging Face tokenizers.</summary>
    public void Set(int left, int right, int rank, int id) => _merges[new Pair(left, right)] = new Merge(rank, id);

    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(new Pair(left, right), out merge);

    private readonly record struct Pair(int Left, int Right)
    {
        /// <summary>
        /// Spreads the pairs over all hashes (Fibonacci hashing). That of a long is the exclusive or of its halves, the same one for
        /// every token that stands beside itself and for thousands of other pairs.
        /// </summary>
        public override int GetHashCode() => (int)((((ulong)(uint)Left << 32) | (uint)Right) * 0x9E3779B97F4A7C15 >> 32);
    }
}

/// <param name="Rank">Lower merges first.</param>
/// <param name="Id">The token that the pair becomes.</param>
internal readonly record struct Merge(int Rank, int Id);
