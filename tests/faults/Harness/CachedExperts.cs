using System.Globalization;
using MoE.Model;

namespace MoE.Faults;

/// <summary>What a node that fetches experts keeps on disk, compared with the model's file.</summary>
internal static class CachedExperts
{
    /// <summary>SHA-256 after an expert's bytes.</summary>
    private const int DigestBytes = 32;

    /// <returns>The experts in the cache, each the bytes of the model's file.</returns>
    /// <exception cref="InvalidOperationException">One is not.</exception>
    public static List<(int Layer, int Expert)> SoundIn(string folder)
    {
        using var source = ModelSource.Open(Fixture.Bundled);
        var experts = new List<(int, int)>();
        foreach (var file in Directory.GetFiles(folder, "*.bin", SearchOption.AllDirectories))
        {
            var id = Path.GetFileNameWithoutExtension(file).Split('-').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            var stored = source.Stored(id[0], id[1])!;
            var expected = new byte[stored.Bytes];
            stored.Read(0, expected);
            Contract.Holds(File.ReadAllBytes(file).AsSpan()[..^DigestBytes].SequenceEqual(expected), $"{file} has the bytes of the model's file");
            experts.Add((id[0], id[1]));
        }

        return experts;
    }
}
