using System.Text;
using MoE.Tokenization;

namespace MoE.Http.Tests.Fakes;

/// <summary>Four special tokens, then one token per byte.</summary>
/// <param name="bos">The first special token's text; empty for one that shows nothing.</param>
internal sealed class FakeTokenizer(string bos = "<s>") : Tokenizer
{
    public const int Bos = 0;
    public const int Eos = 1;
    public const int User = 2;
    public const int Assistant = 3;
    private const int FirstByte = 4;

    private readonly string[] _specials = [bos, "</s>", "<|user|>", "<|assistant|>"];

    public override int VocabSize => FirstByte + 256;

    /// <summary>Characters of all texts, as far as they were encoded.</summary>
    public long Encoded { get; private set; }

    public override int? BosTokenId => Bos;

    public override int? EosTokenId => Eos;

    public static int Byte(int value) => FirstByte + value;

    public override int[] Encode(string text, bool addSpecial = true, bool parseSpecial = true, int maxTokens = int.MaxValue)
    {
        var ids = new List<int>();
        if (addSpecial)
            ids.Add(Bos);
        for (var at = 0; at < text.Length && ids.Count <= maxTokens;)
        {
            var special = parseSpecial ? Array.FindIndex(_specials, name => name.Length > 0 && string.CompareOrdinal(text, at, name, 0, name.Length) == 0) : -1;
            var length = special >= 0 ? _specials[special].Length : char.IsSurrogatePair(text, at) ? 2 : 1;
            if (special >= 0)
                ids.Add(special);
            else
                AddBytes(ids, text.AsSpan(at, length));
            at += length;
            Encoded += length;
        }

        return [.. ids];
    }

    private static void AddBytes(List<int> ids, ReadOnlySpan<char> character)
    {
        Span<byte> bytes = stackalloc byte[4];
        foreach (var value in bytes[..Encoding.UTF8.GetBytes(character, bytes)])
            ids.Add(Byte(value));
    }

    public override string Decode(ReadOnlySpan<int> ids, bool skipSpecial = false)
    {
        var decoder = CreateStreamDecoder(skipSpecial);
        var text = new StringBuilder();
        foreach (var id in ids)
            text.Append(decoder.Add(id));
        return text.Append(decoder.Finish()).ToString();
    }

    public override ReadOnlyMemory<byte> TokenBytes(int id) => IsSpecial(id) ? default : new[] { (byte)(id - FirstByte) };

    public override string TokenText(int id) => IsSpecial(id) ? _specials[id] : $"<0x{id - FirstByte:X2}>";

    public override bool IsSpecial(int id) => id < FirstByte;

    public override StreamDecoder CreateStreamDecoder(bool skipSpecial = true) => new ByteDecoder(this, skipSpecial);

    private sealed class ByteDecoder(FakeTokenizer tokenizer, bool skipSpecial) : StreamDecoder
    {
        private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();

        public override string Add(int id)
        {
            if (tokenizer.IsSpecial(id))
                return Finish() + (skipSpecial ? string.Empty : tokenizer.TokenText(id));
            return Decode([(byte)(id - FirstByte)], flush: false);
        }

        public override string Finish() => Decode([], flush: true);

        private string Decode(byte[] bytes, bool flush)
        {
            var chars = new char[4];
            return new string(chars, 0, _decoder.GetChars(bytes, 0, bytes.Length, chars, 0, flush));
        }
    }
}
