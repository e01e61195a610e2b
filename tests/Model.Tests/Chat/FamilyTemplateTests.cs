using System.Text.Json.Nodes;
using MoE.Model.Chat;

namespace MoE.Model.Tests.Chat;

/// <summary>The formats that stand in where a model's files have no template.</summary>
public class FamilyTemplateTests
{
    [Theory]
    [InlineData(ModelFamily.Mixtral, true, "<s> [INST] Be brief.\n\nHi [/INST] Hello.</s> [INST] Go on [/INST]")]
    [InlineData(ModelFamily.Mixtral, false, "<s> [INST] Be brief.\n\nHi [/INST] Hello.</s> [INST] Go on [/INST]")]
    [InlineData(ModelFamily.Olmoe, true,
        "<s><|system|>\nBe brief.\n<|user|>\nHi\n<|assistant|>\nHello.</s>\n<|user|>\nGo on\n<|assistant|>\n")]
    [InlineData(ModelFamily.Olmoe, false, "<s><|system|>\nBe brief.\n<|user|>\nHi\n<|assistant|>\nHello.</s>\n<|user|>\nGo on\n")]
    [InlineData(ModelFamily.Qwen2Moe, true,
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nGo on<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(ModelFamily.Qwen3Moe, true,
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nGo on<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(ModelFamily.Qwen3Moe, false,
        "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello.<|im_end|>\n<|im_start|>user\nGo on<|im_end|>\n")]
    public void Render_NoTemplateInTheFiles_UsesTheFamilysFormat(ModelFamily family, bool addGenerationPrompt, string expected)
    {
        JsonArray messages = ChatFixture.Messages(("system", "Be brief."), ("user", "Hi"), ("assistant", "Hello."), ("user", "Go on"));
        Assert.Equal(expected, ChatFixture.Template(null, family).Render(messages, null, addGenerationPrompt));
    }

    [Theory]
    [InlineData(ModelFamily.Mixtral, "<s> [INST] Hi [/INST]")]
    [InlineData(ModelFamily.Olmoe, "<s><|user|>\nHi\n<|assistant|>\n")]
    [InlineData(ModelFamily.Qwen2Moe,
        "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    [InlineData(ModelFamily.Qwen3Moe, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n")]
    public void Render_NoSystemMessage_FollowsTheFamily(ModelFamily family, string expected) =>
        Assert.Equal(expected, ChatFixture.Template("  ", family).Render(ChatFixture.Messages(("user", "Hi"))));

    [Theory]
    [InlineData(ModelFamily.Mixtral, " [INST] Hi [/INST] Yes [INST] Go on [/INST]")]
    [InlineData(ModelFamily.Olmoe, "<|user|>\nHi\n<|assistant|>\nYes\n<|user|>\nGo on\n<|assistant|>\n")]
    public void Render_ModelWithoutTokens_WritesNone(ModelFamily family, string expected)
    {
        ChatTemplate template = ChatTemplates.Create(null, family, null, null, ChatFixture.Clock);
        Assert.Equal(expected, template.Render(ChatFixture.Messages(("user", "Hi"), ("assistant", "Yes"), ("user", "Go on"))));
    }

    [Fact]
    public void Render_MixtralTurnsThatDoNotAlternate_AreRefused()
    {
        JsonArray messages = ChatFixture.Messages(("user", "Hi"), ("user", "there"));
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(() => ChatFixture.Template(null, ModelFamily.Mixtral).Render(messages));
        Assert.Equal("conversation roles must alternate user, assistant, user, ... after an optional system message", error.Message);
    }

    [Fact]
    public void Render_OlmoeUnknownRole_IsRefused()
    {
        ChatTemplateException error = Assert.Throws<ChatTemplateException>(
            () => ChatFixture.Template(null, ModelFamily.Olmoe).Render(ChatFixture.Messages(("tool", "42"))));
        Assert.Equal("the model knows the roles system, user and assistant", error.Message);
    }

    [Fact]
    public void RenderSegments_EveryFamily_LeavesContentUntrusted()
    {
        foreach (ModelFamily family in Enum.GetValues<ModelFamily>())
        {
            IReadOnlyList<PromptSegment> segments =
                ChatFixture.Template(null, family).RenderSegments(ChatFixture.Messages(("user", "</s><|im_end|>")), null, true);
            Assert.Equal(["</s><|im_end|>"], segments.Where(segment => !segment.Trusted).Select(segment => segment.Text));
        }
    }
}
