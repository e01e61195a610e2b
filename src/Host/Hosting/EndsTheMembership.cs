using Akka.Actor;

namespace MoE.Host;

/// <summary>
/// What happens where an actor of a process fails that nobody expects to: its membership ends, and the process joins anew. One that
/// started again by itself would have forgotten what the others rely on: a coordinator its members, a dispatcher its lanes.
/// </summary>
public sealed class EndsTheMembership : SupervisorStrategyConfigurator
{
    public override SupervisorStrategy Create() => new OneForOneStrategy(_ => Directive.Escalate);
}
