using System.Text.Json;

namespace MoE.Tokenization.Tests;

/// <summary>What Hugging Face transformers makes of the texts in a fixture's <c>reference.json</c>.</summary>
internal sealed class Fixture
{
    private readonly JsonElement _reference;

    public Fixture(string name)
    {
        Folder = Path.Combine(Root, "tests", "fixtures", name);
        _reference = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "reference.json"))).RootElement;
    }

    public static string Root { get; } = FindRoot();

    public string Folder { get; }

    public IEnumerable<TokenizerCase> Cases => _reference.GetProperty("tokenizer").EnumerateArray().Select(item => new TokenizerCase(
        item.GetProperty("text").GetString()!,
        Ids(item, "ids"),
        Ids(item, "ids_without_special"),
        item.GetProperty("decoded").GetString()!,
        item.GetProperty("decoded_without_special").GetString()!));

    public IEnumerable<PromptCase> Prompts => _reference.GetProperty("prompts").EnumerateArray().Select(item => new PromptCase(
        item.GetProperty("text").GetString()!, Ids(item, "ids"), Ids(item, "greedy_ids"), item.GetProperty("greedy_text").GetString()!));

    /// <summary>Texts that llama.cpp tokenizes otherwise than Hugging Face, for one GGUF file.</summary>
    public HashSet<string> DifferInGguf(string file) =>
        [.. _reference.GetProperty("gguf").EnumerateArray()
            .Where(item => item.GetProperty("file").GetString() == file)
            .SelectMany(item => item.GetProperty("llamacpp").GetProperty("tokenizer_cases_that_differ").EnumerateArray())
            .Select(item => item.GetString()!)];

    public Tokenizer FromHuggingFace() => TokenizerFactory.FromHuggingFace(
        File.ReadAllBytes(Path.Combine(Folder, "tokenizer.json")), File.ReadAllBytes(Path.Combine(Folder, "tokenizer_config.json")), Folder);

    public Tokenizer FromGguf(string file)
    {
        var path = file.StartsWith("quarto-8m", StringComparison.Ordinal) ? Path.Combine(Root, "models", file) : Path.Combine(Folder, file);
        return TokenizerFactory.FromGguf(GgufMetadata.ReadVocabulary(path), file);
    }

    private static int[] Ids(JsonElement item, string name) => [.. item.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "MoE.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("no MoE.sln above the tests");
        }

        return folder;
    }
}

internal sealed record TokenizerCase(string Text, int[] Ids, int[] IdsWithoutSpecial, string Decoded, string DecodedWithoutSpecial);

internal sealed record PromptCase(string Text, int[] Ids, int[] GreedyIds, string GreedyText);
