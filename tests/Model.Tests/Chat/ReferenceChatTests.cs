using System.Text.Json.Nodes;
using MoE.Model.Chat;

namespace MoE.Model.Tests.Chat;

/// <summary>Every fixture's conversations, against what transformers rendered.</summary>
public class ReferenceChatTests
{
    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string folder in Directory.GetDirectories(ChatFixture.Models).Order(StringComparer.Ordinal))
        {
            int count = ChatFixture.Read(Path.Combine(folder, "reference.json"))["chat"]?.AsArray().Count ?? 0;
            for (int i = 0; i < count; i++)
                cases.Add(Path.GetFileName(folder), i);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Render_FixtureConversation_EqualsTransformers(string model, int index)
    {
        JsonNode chat = Case(model, index);
        Assert.Equal((string?)chat["text"],
            Template(model).Render(chat["messages"]!.AsArray(), chat["tools"]?.AsArray(), (bool)chat["add_generation_prompt"]!));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void RenderSegments_FixtureConversation_JoinsToTheText(string model, int index)
    {
        JsonNode chat = Case(model, index);
        IReadOnlyList<PromptSegment> segments =
            Template(model).RenderSegments(chat["messages"]!.AsArray(), chat["tools"]?.AsArray(), (bool)chat["add_generation_prompt"]!);
        Assert.Equal((string?)chat["text"], string.Concat(segments.Select(segment => segment.Text)));
        Assert.Contains(segments, segment => !segment.Trusted);
        Assert.All(segments, segment => Assert.NotEmpty(segment.Text));
    }

    private static JsonNode Case(string model, int index) =>
        ChatFixture.Read(Path.Combine(ChatFixture.Models, model, "reference.json"))["chat"]![index]!;

    private static ChatTemplate Template(string model)
    {
        string folder = Path.Combine(ChatFixture.Models, model);
        JsonObject config = ChatFixture.Read(Path.Combine(folder, "tokenizer_config.json"));
        string file = Path.Combine(folder, "chat_template.jinja");
        string source = File.Exists(file) ? File.ReadAllText(file) : (string)config["chat_template"]!;
        return ChatTemplates.Create(source, ModelFamily.Qwen3Moe, (string?)config["bos_token"], (string?)config["eos_token"], ChatFixture.Clock);
    }
}
