using System.Text.Json;
using MoE.Tokenization.Added;
using MoE.Tokenization.PreTokenizers;

namespace MoE.Tokenization.HuggingFace;

/// <summary>Builds a tokenizer from <c>tokenizer.json</c> and <c>tokenizer_config.json</c>.</summary>
internal static class TokenizerJsonReader
{
    private const int MaxFileBytes = 512 << 20;
    private static readonly string[] s_namedTokens = ["unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    public static Tokenizer Read(ReadOnlyMemory<byte> tokenizerJson, ReadOnlyMemory<byte>? tokenizerConfigJson, string source)
    {
        try
        {
            using var tokenizer = Parse(tokenizerJson, $"{source}: tokenizer.json");

            // A null array converts to an empty memory, which means the same: there is no such file.
            var configJson = tokenizerConfigJson is { IsEmpty: false } given ? given : "{}"u8.ToArray();
            using var config = Parse(configJson, $"{source}: tokenizer_config.json");
            return Build(
                new JsonField($"{source}: tokenizer.json:", tokenizer.RootElement),
                new JsonField($"{source}: tokenizer_config.json:", config.RootElement));
        }
        catch (InvalidOperationException exception)
        {
            // A string with a lone surrogate escape is JSON, but no text.
            throw new TokenizerFormatException($"{source}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static BpeTokenizer Build(JsonField tokenizer, JsonField config)
    {
        var (model, vocabulary) = ModelReader.Read(tokenizer["model"]);
        var normalizer = NormalizerReader.Read(tokenizer["normalizer"]);
        var added = new AddedTokenReader(vocabulary);
        added.ReadList(tokenizer["added_tokens"]);
        added.ReadDecoder(config["added_tokens_decoder"]);
        var bos = Named(added, config["bos_token"]);
        var eos = Named(added, config["eos_token"]);
        foreach (var name in s_namedTokens) added.ReadNamed(config[name]);

        var largestId = vocabulary.Ids.Values.Concat(added.Tokens.Select(token => token.Id)).Max();
        return new BpeTokenizer(new TokenizerParts
        {
            Vocabulary = vocabulary,
            Added = new AddedVocabulary(added.Tokens, normalizer),
            Normalizer = normalizer,
            PreTokenizer = SeamPreTokenizer.After(PreTokenizerReader.Read(tokenizer["pre_tokenizer"]), vocabulary, model.IgnoreMerges),
            Model = model,
            Decoder = DecoderReader.Read(tokenizer["decoder"]),
            Template = LlamaTemplate(config, bos, eos) ?? PostProcessorReader.Read(tokenizer["post_processor"], largestId),
            BosTokenId = bos,
            EosTokenId = eos,
        });
    }

    /// <summary>For Llama's classes transformers builds the template from the configuration, whatever the post-processor says.</summary>
    private static SequenceTemplate? LlamaTemplate(JsonField config, int? bos, int? eos)
    {
        if (config["tokenizer_class"].StringOrNull() is not ("LlamaTokenizer" or "LlamaTokenizerFast")) return null;
        if (config["add_bos_token"].IsNull && config["add_eos_token"].IsNull) return null;
        int[] prefix = config["add_bos_token"].Bool(true) && bos is { } bosId ? [bosId] : [];
        int[] suffix = config["add_eos_token"].Bool(false) && eos is { } eosId ? [eosId] : [];
        return new SequenceTemplate(prefix, suffix);
    }

    private static int? Named(AddedTokenReader added, JsonField field) =>
        added.ReadNamed(field) ?? (field.IsNull ? null : throw field.Fail("is not in the vocabulary"));

    private static JsonDocument Parse(ReadOnlyMemory<byte> json, string file)
    {
        if (json.Length > MaxFileBytes) throw new TokenizerFormatException($"{file}: {json.Length} bytes; at most {MaxFileBytes} are supported");
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException exception)
        {
            throw new TokenizerFormatException($"{file}: {exception.Message.ReplaceLineEndings(" ")}");
        }
    }
}
