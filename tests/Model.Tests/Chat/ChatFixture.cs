using System.Text.Json.Nodes;
using MoE.Model.Chat;

namespace MoE.Model.Tests.Chat;

/// <summary>Messages and templates for the tests, and the repository's model fixtures.</summary>
internal static class ChatFixture
{
    public static TimeProvider Clock { get; } = new FixedClock();

    public static string Models { get; } = Path.Combine(Root(), "tests", "fixtures");

    public static JsonObject Read(string path) => JsonNode.Parse(File.ReadAllText(path))!.AsObject();

    public static ChatTemplate Template(string? source, ModelFamily family = ModelFamily.Qwen3Moe) =>
        ChatTemplates.Create(source, family, "<s>", "</s>", Clock);

    public static JsonArray Messages(params (string Role, string Content)[] turns) =>
        [.. turns.Select(turn => new JsonObject { ["role"] = turn.Role, ["content"] = turn.Content })];

    /// <summary>The text with its untrusted parts in «».</summary>
    public static string Marked(IEnumerable<PromptSegment> segments) =>
        string.Concat(segments.Select(segment => segment.Trusted ? segment.Text : $"«{segment.Text}»"));

    private static string Root()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MoE.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"no MoE.sln above {AppContext.BaseDirectory}");
    }

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 6, 5, 4, 3, TimeSpan.Zero);
    }
}
