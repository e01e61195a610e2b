using MoE.Tokenization.Decoders;
using MoE.Tokenization.PreTokenizers;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Reads <c>decoder</c>.</summary>
internal sealed class DecoderReader
{
    private const string Supported = "ByteLevel, Replace, ByteFallback, Fuse, Strip, Metaspace, Sequence";
    private const int MaxStripped = 1024;

    private readonly List<IDecoderStep> _steps = [];
    private bool _fused;

    public static TokenDecoder Read(JsonField field)
    {
        if (field.IsNull) return new TokenDecoder([new SpaceJoinStep()]);
        var reader = new DecoderReader();
        reader.ReadStep(field);
        return new TokenDecoder(reader._steps);
    }

    private void ReadStep(JsonField field)
    {
        switch (field["type"].StringOrNull())
        {
            case "Sequence":
                foreach (var item in field["decoders"].Items()) ReadStep(item);
                break;
            case "ByteLevel":
                _steps.Add(new ByteLevelStep());
                _fused = true;
                break;
            case "Replace":
                RequireTokens(field);
                if (PatternReader.Read(field["pattern"]).Text is not { } text) throw field["pattern"].Unsupported("String");
                _steps.Add(new ReplaceStep(text, field["content"].String()));
                break;
            case "ByteFallback":
                RequireTokens(field);
                _steps.Add(new ByteFallbackStep());
                break;
            case "Fuse":
                _fused = true;
                break;
            case "Strip":
                _steps.Add(new StripStep(field["content"].Char(), field["start"].Int(MaxStripped), ReadStop(field["stop"]), _fused));
                break;
            case "Metaspace":
                RequireTokens(field);
                var drop = PreTokenizerReader.ReadPrependScheme(field) != PrependScheme.Never;
                _steps.Add(new MetaspaceStep(field["replacement"].Char(), drop));
                break;
            default:
                throw field["type"].Unsupported(Supported);
        }
    }

    private int ReadStop(JsonField field)
    {
        var stop = field.Int(MaxStripped);
        return _fused && stop > 0 ? throw field.Unsupported("0 after Fuse") : stop;
    }

    /// <summary>After a fusion there are no tokens to rewrite one by one, and a stream has no end to wait for.</summary>
    private void RequireTokens(JsonField field)
    {
        if (_fused) throw field["type"].Unsupported("Strip after Fuse or ByteLevel");
    }
}
