using MoE.Tokenization.Added;
using MoE.Tokenization.Bpe;
using MoE.Tokenization.Decoders;
using MoE.Tokenization.Normalizers;
using MoE.Tokenization.PreTokenizers;

namespace MoE.Tokenization.Gguf;

/// <summary>Builds a tokenizer from a GGUF file's vocabulary, with llama.cpp's meaning of its keys.</summary>
internal sealed class GgufTokenizerReader
{
    private const int MaxTokens = 1 << 22;
    private const string Mark = "\u2581";

    private readonly GgufVocabulary _file;
    private readonly string _source;
    private readonly Vocabulary _vocabulary;

    private GgufTokenizerReader(GgufVocabulary file, string source)
    {
        _file = file;
        _source = source;
        if (file.Tokens.Count is 0 or > MaxTokens) throw Fail("tokens", $"{file.Tokens.Count} tokens; 1 to {MaxTokens} are supported");
        CheckLength("token_type", file.TokenTypes?.Count);
        CheckLength("scores", file.Scores?.Count);
        CheckId("bos_token_id", file.BosTokenId);
        CheckId("eos_token_id", file.EosTokenId);
        CheckId("unknown_token_id", file.UnknownTokenId);
        _vocabulary = new Vocabulary(ReadTokens());
    }

    public static Tokenizer Read(GgufVocabulary file, string source)
    {
        ArgumentNullException.ThrowIfNull(file);
        var reader = new GgufTokenizerReader(file, source);
        return file.Model switch
        {
            "gpt2" => reader.ReadByteLevel(),
            "llama" => reader.ReadSentencePiece(),
            _ => throw reader.Fail("model", $"'{file.Model}' is not supported; supported: gpt2, llama"),
        };
    }

    private BpeTokenizer ReadByteLevel()
    {
        var pre = PreTokenizerNames.Find(_file.Pre)
            ?? throw Fail("pre", $"'{_file.Pre}' is not supported; supported: {PreTokenizerNames.Supported}");
        var model = new BpeModel(_vocabulary, ReadMerges()) { IgnoreMerges = pre.IgnoreMerges };
        return Build(new IdentityNormalizer(), pre.CreatePreTokenizer(), model, new TokenDecoder([new ByteLevelStep()]), pre.AddBos);
    }

    private BpeTokenizer ReadSentencePiece()
    {
        var addSpace = _file.AddSpacePrefix ?? true;
        var replace = new ReplaceNormalizer(" ", Mark);
        INormalizer normalizer = addSpace ? new SequenceNormalizer([new PrependNormalizer(Mark), replace]) : replace;
        var scores = _file.Scores ?? throw Fail("scores", "missing; a llama vocabulary needs them");
        var model = new BpeModel(_vocabulary, ScoreMerges.Create(_file.Tokens, scores, TypeOf))
        {
            ByteFallback = true,
            UnknownId = _file.UnknownTokenId,
        };
        List<IDecoderStep> steps = [new ReplaceStep(Mark, " "), new ByteFallbackStep()];
        if (addSpace) steps.Add(new StripStep(' ', start: 1, stop: 0, fused: true));
        var preTokenizer = SeamPreTokenizer.After(new IdentityPreTokenizer(), _vocabulary, ignoreMerges: false);
        return Build(normalizer, preTokenizer, model, new TokenDecoder(steps), addBosByDefault: true);
    }

    private BpeTokenizer Build(INormalizer normalizer, IPreTokenizer preTokenizer, BpeModel model, TokenDecoder decoder, bool addBosByDefault)
    {
        int[] prefix = (_file.AddBosToken ?? addBosByDefault) && _file.BosTokenId is { } bos ? [bos] : [];
        int[] suffix = (_file.AddEosToken ?? false) && _file.EosTokenId is { } eos ? [eos] : [];
        return new BpeTokenizer(new TokenizerParts
        {
            Vocabulary = _vocabulary,
            Added = new AddedVocabulary(ReadAdded(), normalizer),
            Normalizer = normalizer,
            PreTokenizer = preTokenizer,
            Model = model,
            Decoder = decoder,
            Template = new SequenceTemplate(prefix, suffix),
            BosTokenId = _file.BosTokenId,
            EosTokenId = _file.EosTokenId,
        });
    }

    private Dictionary<string, int> ReadTokens()
    {
        var ids = new Dictionary<string, int>(_file.Tokens.Count, StringComparer.Ordinal);
        for (var id = 0; id < _file.Tokens.Count; id++)
        {
            // Unused entries may be empty; like llama.cpp, give each a name of its own.
            var token = _file.Tokens[id] is { Length: > 0 } text ? text : $"[EMPTY_{id}]";
            if (!ids.TryAdd(token, id)) throw Fail($"tokens[{id}]", $"'{token}' is there twice, first as {ids[token]}");
        }

        return ids;
    }

    private MergeTable ReadMerges()
    {
        var merges = _file.Merges ?? throw Fail("merges", "missing; a gpt2 vocabulary needs them");
        var builder = new MergeTableBuilder(_vocabulary, merges.Count);
        for (var i = 0; i < merges.Count; i++)
        {
            var merge = merges[i].AsSpan();
            var space = merge.Length > 1 ? merge[1..].IndexOf(' ') + 1 : 0;
            var problem = space == 0 ? "expected two tokens with a space between them" : builder.TryAdd(merge[..space], merge[(space + 1)..]);
            if (problem is not null) throw Fail($"merges[{i}]", $"'{merges[i]}': {problem}");
        }

        return builder.Build();
    }

    private List<AddedToken> ReadAdded()
    {
        var added = new List<AddedToken>();
        for (var id = 0; id < _file.Tokens.Count; id++)
        {
            var type = TypeOf(id);
            var content = _file.Tokens[id];
            if (content.Length == 0 || type is not (GgufTokenType.Unknown or GgufTokenType.Control or GgufTokenType.UserDefined)) continue;
            if (content.Length > AddedVocabulary.MaxTokenChars) throw Fail($"tokens[{id}]", $"longer than {AddedVocabulary.MaxTokenChars} characters");
            var special = type != GgufTokenType.UserDefined;
            added.Add(new AddedToken(id, content, SingleWord: false, LStrip: false, RStrip: false, Normalized: false, special));
        }

        return added;
    }

    private int TypeOf(int id) => _file.TokenTypes?[id] ?? GgufTokenType.Normal;

    private void CheckLength(string key, int? length)
    {
        if (length is { } value && value != _file.Tokens.Count) throw Fail(key, $"{value} entries for {_file.Tokens.Count} tokens");
    }

    private void CheckId(string key, int? id)
    {
        if (id is { } value && (value < 0 || value >= _file.Tokens.Count)) throw Fail(key, $"{value} is outside the vocabulary of {_file.Tokens.Count} tokens");
    }

    private TokenizerFormatException Fail(string key, string problem) =>
        new($"{_source}: tokenizer.ggml.{key}: {problem.ReplaceLineEndings(" ")}");
}
