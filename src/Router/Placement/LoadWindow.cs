using MoE.Protocol;

namespace MoE.Router;

/// <summary>Tokens per expert since the last look: fronts report totals, and a total remembers a load that is long gone.</summary>
internal sealed class LoadWindow
{
    private Dictionary<(NodeId Front, ExpertId Expert), long> _before = [];

    /// <summary>What came in since the last call. A front that is new, or started anew, counts from zero.</summary>
    public Dictionary<ExpertId, long> Take(IEnumerable<ReportExpertLoad> reports)
    {
        var load = new Dictionary<ExpertId, long>();
        var now = new Dictionary<(NodeId, ExpertId), long>();
        foreach (var report in reports)
        {
            foreach (var (expert, tokens) in report.Loads)
            {
                now[(report.Front, expert)] = tokens;
                var before = _before.GetValueOrDefault((report.Front, expert));
                load[expert] = load.GetValueOrDefault(expert) + (tokens >= before ? tokens - before : tokens);
            }
        }

        _before = now;
        return load;
    }
}
