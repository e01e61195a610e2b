using System.Text;

namespace MoE.Tokenization.Regex;

/// <summary>The code points that <c>(?i:…)</c> takes for equal: simple case folding, as Oniguruma applies it to single characters.</summary>
internal static class CaseFolding
{
    private const int LongS = 0x17F;
    private const int KelvinSign = 0x212A;

    public static IEnumerable<int> Variants(int codePoint)
    {
        var rune = new Rune(codePoint);
        yield return Rune.ToLowerInvariant(rune).Value;
        yield return Rune.ToUpperInvariant(rune).Value;

        // .NET's invariant casing leaves these two alone; CaseFolding.txt does not.
        if (codePoint is 's' or 'S') yield return LongS;
        if (codePoint == LongS)
        {
            yield return 's';
            yield return 'S';
        }

        if (codePoint is 'k' or 'K') yield return KelvinSign;
        if (codePoint == KelvinSign)
        {
            yield return 'k';
            yield return 'K';
        }
    }
}
