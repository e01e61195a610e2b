using Akka.Cluster;
using MoE.Protocol;

namespace MoE.Router;

/// <summary>What a process is called: by its membership, so that one that starts again at the same address is another.</summary>
public static class ProcessId
{
    public static NodeId Of(UniqueAddress member)
    {
        ArgumentNullException.ThrowIfNull(member);
        return new NodeId($"{member.Address.Host}:{member.Address.Port}#{member.Uid:x8}");
    }
}
