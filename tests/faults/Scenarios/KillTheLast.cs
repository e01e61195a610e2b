using System.Net;

namespace MoE.Faults;

/// <summary>A3: SIGKILL, and nowhere to load the experts. Requests fail within a bound and say so; the cluster recovers when a node joins.</summary>
internal sealed class KillTheLast : Scenario
{
    public override string Name => "kill-the-last";

    public override string Fault => "SIGKILL of the only expert node";

    public override int Runs => 5;

    public override ClusterShape Shape { get; } = new() { Experts = 1, Overrides = "moe.dispatch.recovery-timeout = 2s" };

    public override Task InjectAsync(FaultCluster cluster) => cluster.KillAsync(cluster.Experts[0]);

    public override async Task AfterAsync(FaultCluster cluster, Outcome outcome)
    {
        Contract.Holds(outcome.Failed == outcome.InFlight && outcome.Lost == 0, $"every stream ends with an error: {outcome}");
        var reason = await cluster.Front.UnhealthyAsync();
        Contract.Holds(reason.Contains("expert", StringComparison.Ordinal), $"/health names the missing experts: {reason}");
        Contract.Holds(await cluster.Front.GetAsync("/livez") is { Status: HttpStatusCode.OK }, "/livez stays 200");
        using var refused = await cluster.Front.CompleteAsync(Prompt.Several(1, 4)[0]);
        Contract.Holds(refused.StatusCode == HttpStatusCode.ServiceUnavailable, $"a request gets 503: {refused}");
        Contract.Holds(refused.Headers.RetryAfter is not null, $"with Retry-After: {refused}");
        cluster.AddExpert();
        await cluster.SettledAsync(1);
    }
}
