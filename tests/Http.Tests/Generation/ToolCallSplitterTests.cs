using MoE.Http.Generation;

namespace MoE.Http.Tests.Generation;

public sealed class ToolCallSplitterTests
{
    private const string Call = """<tool_call>{"name": "f", "arguments": {"a": "</x>"}}</tool_call>""";

    public static TheoryData<string, string, int> Texts => new()
    {
        { "", "", 0 },
        { " plain text \n", " plain text \n", 0 },
        { "a <b> <tool_calls> <tool_cal", "a <b> <tool_calls> <tool_cal", 0 },
        { "<<tool_call", "<<tool_call", 0 },
        { Call, "", 1 },
        { $"Let me look.\n\n{Call}\n{Call} ", "Let me look.", 2 },
        { $"<{Call}<", "<<", 1 },
        { $"one {Call} two", "one two", 1 },
        { "<tool_call>\n{\"name\": \"f\"}\n</tool_call>", "", 1 },
        // What only looks like a call is what the model says.
        { "<tool_call>{\"name\": \"f\"", "<tool_call>{\"name\": \"f\"", 0 },
        { "<tool_call>no JSON</tool_call>!", "<tool_call>no JSON</tool_call>!", 0 },
        { "<tool_call>[]</tool_call>", "<tool_call>[]</tool_call>", 0 },
        { "<tool_call>{\"name\": \"\"}</tool_call>", "<tool_call>{\"name\": \"\"}</tool_call>", 0 },
        { "<tool_call>{\"name\": \"\\ud800\"}</tool_call>", "<tool_call>{\"name\": \"\\ud800\"}</tool_call>", 0 },
        { "<tool_call>{\"name\": \"f\", \"arguments\": \"x\"}</tool_call>", "<tool_call>{\"name\": \"f\", \"arguments\": \"x\"}</tool_call>", 0 },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Add_AnySplit_GivesTheSame(string text, string shown, int calls)
    {
        for (var size = 1; size <= Math.Max(1, text.Length); size++)
        {
            var splitter = new ToolCallSplitter();
            var all = string.Empty;
            var found = new List<ToolCall>();
            foreach (var piece in text.Chunk(size).Select(chars => new string(chars)).Append(null))
            {
                var (more, ended) = splitter.Add(piece ?? string.Empty, last: piece is null);
                all += more;
                found.AddRange(ended);
            }

            Assert.Equal(shown, all);
            Assert.Equal(calls, found.Count);
            Assert.Equal(calls, splitter.Calls);
            Assert.All(found, call => Assert.Equal("f", call.Name));
        }
    }

    [Fact]
    public void Add_ACall_KeepsItsArgumentsAsWritten() =>
        Assert.Equal([new ToolCall("f", """{"a": "</x>"}""")], new ToolCallSplitter().Add(Call, last: true).Calls);

    /// <summary>Text is shown as soon as it can be no part of a call.</summary>
    [Fact]
    public void Add_TextBeforeACall_IsHeldBackNoLongerThanNeeded()
    {
        var splitter = new ToolCallSplitter();
        Assert.Equal(["a", "", "", " <x", ""], new[] { "a", " ", "<", "x", "<tool" }.Select(piece => splitter.Add(piece, last: false).Text));
    }
}
