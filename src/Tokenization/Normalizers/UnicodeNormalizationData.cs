using System.Globalization;

namespace MoE.Tokenization.Normalizers;

/// <summary>Combining classes, decompositions and primary composites, read once from the embedded table.</summary>
internal sealed class UnicodeNormalizationData
{
    private static readonly Lazy<UnicodeNormalizationData> s_instance = new(() => new UnicodeNormalizationData());

    private readonly Dictionary<int, byte> _classes = [];
    private readonly Dictionary<int, int[]> _canonical = [];
    private readonly Dictionary<int, int[]> _compatibility = [];
    private readonly Dictionary<(int First, int Second), int> _composites = [];

    private UnicodeNormalizationData()
    {
        using var stream = typeof(UnicodeNormalizationData).Assembly.GetManifestResourceStream("UnicodeNormalization.txt")
            ?? throw new InvalidOperationException("the assembly lacks UnicodeNormalization.txt");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (!line.StartsWith('#')) ReadLine(line);
        }
    }

    public static UnicodeNormalizationData Instance => s_instance.Value;

    public int CombiningClass(int codePoint) => _classes.GetValueOrDefault(codePoint);

    public int[]? Decomposition(int codePoint, bool compatibility) =>
        _canonical.TryGetValue(codePoint, out var canonical) ? canonical
        : compatibility && _compatibility.TryGetValue(codePoint, out var other) ? other
        : null;

    public bool TryCompose(int first, int second, out int composite) => _composites.TryGetValue((first, second), out composite);

    private void ReadLine(string line)
    {
        var fields = line.Split(';');
        var codePoint = Hex(fields[0]);
        var combiningClass = byte.Parse(fields[1], CultureInfo.InvariantCulture);
        if (combiningClass != 0) _classes[codePoint] = combiningClass;
        if (fields[2] == "-") return;

        int[] decomposition = [.. fields[3].Split(' ').Select(Hex)];
        if (fields[2] == "k") _compatibility[codePoint] = decomposition;
        else _canonical[codePoint] = decomposition;
        if (fields[2] == "c") _composites[(decomposition[0], decomposition[1])] = codePoint;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
