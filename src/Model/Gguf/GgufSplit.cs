using System.Globalization;
using System.Text.RegularExpressions;

namespace MoE.Model;

/// <summary>The parts of a model that llama.cpp's gguf-split wrote as <c>name-00001-of-00003.gguf</c>.</summary>
internal static partial class GgufSplit
{
    private const string NumberKey = "split.no";
    private const string CountKey = "split.count";
    private const string TensorsKey = "split.tensors.count";

    /// <summary>Opens the file, and the other parts where it is the first of several.</summary>
    /// <returns>The parts in order.</returns>
    /// <exception cref="ModelFormatException">A part is missing, is not the one its name says, or is not the first.</exception>
    public static IReadOnlyList<GgufFile> Open(string path)
    {
        var files = new List<GgufFile> { GgufFile.Open(path) };
        try
        {
            var count = files[0].Metadata.Int(CountKey, 0, GgufLimits.SplitParts) ?? 0;
            if (count > 1)
                OpenRest(files, path, count);
            return files;
        }
        catch
        {
            foreach (var file in files)
                file.Dispose();
            throw;
        }
    }

    private static void OpenRest(List<GgufFile> files, string path, int count)
    {
        var name = PartName().Match(Path.GetFileName(path));
        if (!name.Success || name.Groups[3].Value != Digits(count))
            throw new ModelFormatException($"{path}: {CountKey} is {count}; the name of the first part must end in -00001-of-{Digits(count)}.gguf");
        var stem = name.Groups[1].Value;
        CheckPart(files[0], 0, count);
        for (var part = 1; part < count; part++)
        {
            var other = Path.Combine(Path.GetDirectoryName(path) ?? "", $"{stem}-{Digits(part + 1)}-of-{Digits(count)}.gguf");
            if (!File.Exists(other))
                throw new ModelFormatException($"{other}: part {part + 1} of {count} is missing; it belongs to {path}");
            files.Add(GgufFile.Open(other));
            CheckPart(files[^1], part, count);
        }

        var tensors = files.Sum(file => file.Tensors.Count);
        var expected = files[0].Metadata.Int(TensorsKey, 0, (int)GgufLimits.Tensors);
        if (expected is not null && expected != tensors)
            throw new ModelFormatException($"{path}: {TensorsKey} is {expected}; the {count} parts hold {tensors}");
    }

    private static void CheckPart(GgufFile file, int part, int count)
    {
        var number = file.Metadata.RequiredInt(NumberKey, 0, GgufLimits.SplitParts);
        if (number != part)
        {
            throw new ModelFormatException(part == 0
                ? $"{file.Path}: {NumberKey} is {number}; open the first part, whose {NumberKey} is 0"
                : $"{file.Path}: {NumberKey} is {number}; the part in this place must have {part}");
        }

        var parts = file.Metadata.RequiredInt(CountKey, 0, GgufLimits.SplitParts);
        if (parts != count)
            throw new ModelFormatException($"{file.Path}: {CountKey} is {parts}; the first part says {count}");
    }

    private static string Digits(int number) => number.ToString("D5", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(.*)-(\d{5})-of-(\d{5})\.gguf\z", RegexOptions.CultureInvariant)]
    private static partial Regex PartName();
}
