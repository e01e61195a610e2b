namespace MoE.Tokenization.Bpe;

/// <summary>Which neighbours merge, how early, and into what.</summary>
internal sealed class MergeTable
{
    private readonly Dictionary<ulong, Merge> _merges;

    public MergeTable(int capacity) => _merges = new Dictionary<ulong, Merge>(capacity);

    /// <summary>Adds a merge; a later one replaces an earlier one of the same pair, as in Hugging Face tokenizers.</summary>
    public void Set(int left, int right, int rank, int id) => _merges[Key(left, right)] = new Merge(rank, id);

    public bool TryGet(int left, int right, out Merge merge) => _merges.TryGetValue(Key(left, right), out merge);

    private static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;
}

/// <param name="Rank">Lower merges first.</param>
/// <param name="Id">The token that the pair becomes.</param>
internal readonly record struct Merge(int Rank, int Id);
