namespace MoE.Tokenization.Bpe;

/// <summary>Builds a <see cref="MergeTable"/> from an ordered list of pairs of tokens.</summary>
internal sealed class MergeTableBuilder(Vocabulary vocabulary, int count)
{
    private readonly MergeTable _table = new(count);
    private int _rank;

    /// <summary>Adds the pair of the next rank.</summary>
    /// <returns>Null, or what is wrong with the pair.</returns>
    public string? TryAdd(ReadOnlySpan<char> left, ReadOnlySpan<char> right)
    {
        if (!vocabulary.TryGetId(left, out var leftId)) return $"'{left}' is not in the vocabulary";
        if (!vocabulary.TryGetId(right, out var rightId)) return $"'{right}' is not in the vocabulary";
        if (!vocabulary.TryGetId(string.Concat(left, right), out var id)) return $"'{left}{right}' is not in the vocabulary";
        _table.Set(leftId, rightId, _rank++, id);
        return null;
    }

    public MergeTable Build() => _table;
}
