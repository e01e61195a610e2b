using System.Text.Json.Nodes;

namespace MoE.Jinja.Tests;

/// <summary>Templates with inputs and what Jinja2 renders from them; see each file's <c>source</c>.</summary>
internal static class Fixture
{
    /// <summary>6 July 2024, 05:04:03 in the machine's zone, the clock of every fixture.</summary>
    public static TimeProvider Clock { get; } = new FixedClock();

    public static JsonObject Read(string path) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "fixtures", path)))!.AsObject();

    public static Dictionary<string, object?> Inputs(JsonNode inputs) =>
        inputs.AsObject().ToDictionary(input => input.Key, input => (object?)JinjaInput.Untrusted(input.Value));

    public static JinjaOutput Render(string template, object? x = null, JinjaLimits? limits = null) =>
        JinjaTemplate.Parse(template, limits).Render(new Dictionary<string, object?> { ["x"] = x }, Clock);

    public static string Text(string template, object? x = null) => Render(template, x).Text;

    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(2024, 7, 6, 5, 4, 3, 21, TimeSpan.Zero);
    }
}
