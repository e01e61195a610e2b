using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Generation;
using MoE.Http.Metrics;
using MoE.Http.Requests;
using MoE.Http.Responses;
using MoE.Http.Streaming;

namespace MoE.Http.Routes;

/// <summary><c>POST /v1/completions</c>.</summary>
internal sealed class CompletionRoute(IEngine engine, HttpSettings settings, BodyBudget budget, StreamPump pump, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        var request = await ReadAsync(context);
        var head = ResponseHead.Create("cmpl", engine, time);
        var plan = Plan(request, head.Id);
        var clock = new RequestClock(time, request.Prompts.Sum(prompt => prompt.Ids.Length));
        Measured.Start(context, "text_completion", clock);
        var echo = new CompletionEcho(request, engine.Tokenizer);
        await using var choices = ChoiceSet.Start(engine, plan, context.RequestAborted);
        if (request.Options.Stream)
        {
            await pump.RunAsync(context, choices, new CompletionStream(head, clock, echo, request));
            return;
        }

        var texts = await ChoiceText.CollectAsync(choices, plan.Count, clock, context.RequestAborted);
        var answers = texts.Select((text, index) => Answer(text, index, echo)).ToList();
        var response = new CompletionUsageResponse(head.Id, "text_completion", head.Created, head.Model, head.SystemFingerprint, answers, clock.Usage())
        {
            Timings = clock.Timings(),
        };
        await JsonReply.WriteAsync(context, response, HttpJson.Default.CompletionUsageResponse);
    }

    private async Task<CompletionRequest> ReadAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context, budget);
        return CompletionRequest.Read(body.Fields, engine, settings);
    }

    // OpenAI's order: all choices of the first prompt, then those of the second.
    private List<ChoiceRequest> Plan(CompletionRequest request, string id)
    {
        var plan = new List<ChoiceRequest>();
        foreach (var prompt in request.Prompts)
        {
            var sampling = ChoicePlan.Fit(prompt.Ids, "prompt", request.Sampling, request.MaxTokens, engine);
            plan.AddRange(ChoicePlan.Choices(id, plan.Count, request.Choices, prompt.Ids, sampling, request.Stop, request.MaxTokens == 0));
        }

        return plan;
    }

    private static CompletionChoice Answer(ChoiceText text, int index, CompletionEcho echo) => new(
        index,
        echo.Prefix(index) + text.Text,
        echo.Logprobs(index, text.PromptLogprobs, text.Tokens, first: true),
        FinishReasons.Name(text.Finish));
}
