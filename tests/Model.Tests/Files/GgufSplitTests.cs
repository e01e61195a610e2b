namespace MoE.Model.Tests;

/// <summary>Split models whose parts are missing, of another model or in another place.</summary>
public sealed class GgufSplitTests : IDisposable
{
    private const string First = "tiny-00001-of-00003.gguf";
    private const string Second = "tiny-00002-of-00003.gguf";
    private readonly ModelFolder _folder = new();

    [Fact]
    public void Open_AllParts_IsServed()
    {
        Write();
        using var source = ModelSource.Open(_folder.File(First));
        Assert.Equal(3, source.Tensors.Select(tensor => tensor.File).Distinct().Count());
        Assert.Equal(Whole().Tensors.Count, source.Tensors.Count);
    }

    [Theory]
    [InlineData("missing", Second, "part 2 of 3 is missing; it belongs to")]
    [InlineData("empty", Second, "the file is empty")]
    [InlineData("cut", Second, "the file ends at")]
    [InlineData("first part again", Second, "split.no is 0; the part in this place must have 1")]
    [InlineData("third part", Second, "split.no is 2; the part in this place must have 1")]
    [InlineData("of four", Second, "split.count is 4; the first part says 3")]
    [InlineData("no split keys", Second, "split.no is missing")]
    [InlineData("tensor of the first part", Second, "is declared twice; ")]
    [InlineData("a tensor less", First, "split.tensors.count is 26; the 3 parts hold 25")]
    [InlineData("first part renamed", "other.gguf", "split.count is 3; the name of the first part must end in -00001-of-00003.gguf")]
    [InlineData("too many parts", First, "split.count is 10001; it must be 0 to 10000")]
    public void Open_PartThatDoesNotFit_IsRefusedByName(string what, string file, string named)
    {
        var parts = Write();
        var open = First;
        var second = _folder.File(Second);
        switch (what)
        {
            case "missing": File.Delete(second); break;
            case "empty": _folder.Write(Second, []); break;
            case "cut": _folder.Write(Second, parts[1].ToArray()[..^64]); break;
            case "first part again": File.Copy(_folder.File(First), second, overwrite: true); break;
            case "third part": File.Copy(_folder.File("tiny-00003-of-00003.gguf"), second, overwrite: true); break;
            case "of four": parts[1].Set("split.count", 4u); break;
            case "no split keys": parts[1].Metadata.Clear(); break;
            case "tensor of the first part": parts[1].Tensors[0].Name = "token_embd.weight"; break;
            case "a tensor less": parts[1].Tensors.RemoveAt(0); break;
            case "first part renamed": File.Move(_folder.File(First), _folder.File(open = "other.gguf")); break;
            case "too many parts": parts[0].Set("split.count", 10_001u); break;
            default: throw new ArgumentException(what, nameof(what));
        }

        if (what is "of four" or "no split keys" or "tensor of the first part" or "a tensor less")
            _folder.Write(Second, parts[1].ToArray());
        if (what == "too many parts")
            _folder.Write(First, parts[0].ToArray());
        var message = ModelFolder.Refusal(_folder.File(open));
        Assert.Contains(_folder.File(file), message, StringComparison.Ordinal);
        Assert.Contains(named, message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static TinyGguf Whole() => TinyGguf.Create();

    private TinyGguf[] Write()
    {
        var first = Whole();
        var all = first.Tensors.ToList();
        TinyGguf[] parts = [first, new TinyGguf(), new TinyGguf()];
        first.Tensors.Clear();
        for (var i = 0; i < all.Count; i++)
            parts[i * parts.Length / all.Count].Tensors.Add(all[i]);
        for (var part = 0; part < parts.Length; part++)
        {
            parts[part].Set("split.no", (uint)part);
            parts[part].Set("split.count", (uint)parts.Length);
            parts[part].Set("split.tensors.count", all.Count);
            _folder.Write($"tiny-0000{part + 1}-of-00003.gguf", parts[part].ToArray());
        }

        return parts;
    }
}
