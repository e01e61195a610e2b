using System.Globalization;
using System.Text;

namespace MoE.Tokenization.Regex;

/// <summary>A set of Unicode code points: a union of ranges, general categories and nested sets, possibly negated.</summary>
internal sealed class CodePointSet
{
    private const int TableSize = 256;

    private readonly List<(int First, int Last)> _ranges = [];
    private readonly List<CodePointSet> _nested = [];
    private readonly bool _negated;
    private readonly bool _ignoreCase;
    private int _categories;
    private bool _whiteSpace;
    private bool[]? _table;

    /// <summary><c>\w</c>.</summary>
    public static CodePointSet Word { get; } = CreateWord();

    public CodePointSet(bool negated, bool ignoreCase)
    {
        _negated = negated;
        _ignoreCase = ignoreCase;
    }

    public void AddRange(int first, int last) => _ranges.Add((first, last));

    /// <param name="mask">Bit i stands for <see cref="UnicodeCategory"/> i.</param>
    public void AddCategories(int mask) => _categories |= mask;

    public void AddWhiteSpace() => _whiteSpace = true;

    public void AddSet(CodePointSet set) => _nested.Add(set);

    /// <summary>Precomputes the answers for Latin-1, which most texts consist of.</summary>
    public CodePointSet Freeze()
    {
        var table = new bool[TableSize];
        for (var i = 0; i < TableSize; i++) table[i] = Compute(i);
        _table = table;
        return this;
    }

    public bool Contains(int codePoint) => _table is { } table && codePoint < TableSize ? table[codePoint] : Compute(codePoint);

    private bool Compute(int codePoint)
    {
        var found = Holds(codePoint);
        if (!found && _ignoreCase)
        {
            foreach (var variant in CaseFolding.Variants(codePoint))
            {
                if (Holds(variant))
                {
                    found = true;
                    break;
                }
            }
        }

        return found != _negated;
    }

    private bool Holds(int codePoint)
    {
        foreach (var (first, last) in _ranges)
        {
            if (codePoint >= first && codePoint <= last) return true;
        }

        if (_categories != 0 && (_categories >> (int)CharUnicodeInfo.GetUnicodeCategory(codePoint) & 1) != 0) return true;
        if (_whiteSpace && Rune.IsWhiteSpace(new Rune(codePoint))) return true;
        foreach (var set in _nested)
        {
            if (set.Contains(codePoint)) return true;
        }

        return false;
    }

    private static CodePointSet CreateWord()
    {
        var set = new CodePointSet(negated: false, ignoreCase: false);
        set.AddCategories(UnicodeCategories.Word);
        return set.Freeze();
    }
}
