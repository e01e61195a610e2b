using Akka.Configuration;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>What a process keeps from one membership to the next: its configuration, the opened model, the compute threads.</summary>
internal sealed class NodeCore : IDisposable
{
    private NodeCore(Config config, NodeSettings settings, ModelSource source, ComputePool pool, MembershipSettings membership)
    {
        Config = config;
        Settings = settings;
        Source = source;
        Pool = pool;
        Membership = membership;
        Known = new KnownMembers(membership.MembersFile);
    }

    public Config Config { get; }

    public NodeSettings Settings { get; }

    public ModelSource Source { get; }

    public ComputePool Pool { get; }

    public MembershipSettings Membership { get; }

    /// <summary>The members of the last membership.</summary>
    public KnownMembers Known { get; }

    /// <summary>Opens the model.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <param name="remembers">Whether the process keeps its members in a file: a seed does.</param>
    /// <exception cref="ModelFormatException">The model cannot be served.</exception>
    public static NodeCore Open(Config config, bool remembers)
    {
        var settings = NodeSettings.Read(config);
        var membership = MembershipSettings.Read(config);
        var source = ModelSource.Open(ModelLocator.Find(settings.Model), settings.Type);
        return new NodeCore(
            config, settings, source, new ComputePool(settings.Threads, "compute"), remembers ? membership : membership with { MembersFile = null });
    }

    public void Dispose()
    {
        Pool.Dispose();
        Source.Dispose();
    }
}
