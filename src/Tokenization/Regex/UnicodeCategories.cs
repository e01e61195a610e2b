using System.Globalization;

namespace MoE.Tokenization.Regex;

/// <summary>Names of <c>\p{…}</c> to masks over <see cref="UnicodeCategory"/>.</summary>
internal static class UnicodeCategories
{
    public const int All = (1 << 30) - 1;

    public static readonly int Digit = Mask(UnicodeCategory.DecimalDigitNumber);

    public static readonly int Word = Find("L") | Find("M") | Find("N") | Mask(UnicodeCategory.ConnectorPunctuation);

    public static readonly int Numeric = Find("N");

    /// <returns>The mask, or 0 where the name is no general category.</returns>
    public static int Find(string name) => name switch
    {
        "Lu" => Mask(UnicodeCategory.UppercaseLetter),
        "Ll" => Mask(UnicodeCategory.LowercaseLetter),
        "Lt" => Mask(UnicodeCategory.TitlecaseLetter),
        "Lm" => Mask(UnicodeCategory.ModifierLetter),
        "Lo" => Mask(UnicodeCategory.OtherLetter),
        "Mn" => Mask(UnicodeCategory.NonSpacingMark),
        "Mc" => Mask(UnicodeCategory.SpacingCombiningMark),
        "Me" => Mask(UnicodeCategory.EnclosingMark),
        "Nd" => Mask(UnicodeCategory.DecimalDigitNumber),
        "Nl" => Mask(UnicodeCategory.LetterNumber),
        "No" => Mask(UnicodeCategory.OtherNumber),
        "Zs" => Mask(UnicodeCategory.SpaceSeparator),
        "Zl" => Mask(UnicodeCategory.LineSeparator),
        "Zp" => Mask(UnicodeCategory.ParagraphSeparator),
        "Cc" => Mask(UnicodeCategory.Control),
        "Cf" => Mask(UnicodeCategory.Format),
        "Cs" => Mask(UnicodeCategory.Surrogate),
        "Co" => Mask(UnicodeCategory.PrivateUse),
        "Cn" => Mask(UnicodeCategory.OtherNotAssigned),
        "Pc" => Mask(UnicodeCategory.ConnectorPunctuation),
        "Pd" => Mask(UnicodeCategory.DashPunctuation),
        "Ps" => Mask(UnicodeCategory.OpenPunctuation),
        "Pe" => Mask(UnicodeCategory.ClosePunctuation),
        "Pi" => Mask(UnicodeCategory.InitialQuotePunctuation),
        "Pf" => Mask(UnicodeCategory.FinalQuotePunctuation),
        "Po" => Mask(UnicodeCategory.OtherPunctuation),
        "Sm" => Mask(UnicodeCategory.MathSymbol),
        "Sc" => Mask(UnicodeCategory.CurrencySymbol),
        "Sk" => Mask(UnicodeCategory.ModifierSymbol),
        "So" => Mask(UnicodeCategory.OtherSymbol),
        "L" or "Letter" => Find("Lu") | Find("Ll") | Find("Lt") | Find("Lm") | Find("Lo"),
        "M" or "Mark" => Find("Mn") | Find("Mc") | Find("Me"),
        "N" or "Number" => Find("Nd") | Find("Nl") | Find("No"),
        "Z" or "Separator" => Find("Zs") | Find("Zl") | Find("Zp"),
        "C" or "Other" => Find("Cc") | Find("Cf") | Find("Cs") | Find("Co") | Find("Cn"),
        "P" or "Punctuation" => Find("Pc") | Find("Pd") | Find("Ps") | Find("Pe") | Find("Pi") | Find("Pf") | Find("Po"),
        "S" or "Symbol" => Find("Sm") | Find("Sc") | Find("Sk") | Find("So"),
        "Any" => All,
        _ => 0,
    };

    private static int Mask(UnicodeCategory category) => 1 << (int)category;
}
