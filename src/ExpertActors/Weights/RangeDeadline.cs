using Akka.Configuration;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>The <c>moe.weights.range-*</c> keys: how long nothing may come from a peer that was asked for ranges.</summary>
/// <param name="Floor">Never shorter than this.</param>
/// <param name="Ceiling">Never longer, and this where nothing has come from the peer yet.</param>
/// <param name="Factor">How many times as long as its ranges under way should take all together.</param>
public sealed record RangeDeadline(TimeSpan Floor, TimeSpan Ceiling, double Factor)
{
    /// <param name="underWay">Bytes asked of the peer that have not come.</param>
    /// <param name="bytes">Bytes that came from it so far.</param>
    /// <param name="time">How long they were awaited.</param>
    public TimeSpan For(long underWay, long bytes, TimeSpan time)
    {
        if (bytes == 0)
            return Ceiling;
        var ticks = Factor * underWay * time.Ticks / bytes;
        return ticks >= Ceiling.Ticks ? Ceiling : ticks <= Floor.Ticks ? Floor : TimeSpan.FromTicks((long)ticks);
    }

    internal static RangeDeadline Read(Config section, string name)
    {
        var deadline = new RangeDeadline(
            ConfigValues.Positive(section, name, "range-floor"), ConfigValues.Positive(section, name, "range-ceiling"), section.GetDouble("range-factor"));
        if (deadline.Factor is not (>= 1 and <= 1000))
            throw new ConfigurationException($"{name}.range-factor = {deadline.Factor}: must be between 1 and 1000");
        return deadline.Floor <= deadline.Ceiling
            ? deadline
            : throw new ConfigurationException($"{name}.range-ceiling = {deadline.Ceiling}: must be at least range-floor = {deadline.Floor}");
    }
}
