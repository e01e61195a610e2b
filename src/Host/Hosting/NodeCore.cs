using Akka.Configuration;
using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>What a process keeps from one membership to the next: its configuration, the opened model, the compute threads.</summary>
internal sealed class NodeCore : IDisposable
{
    private readonly ModelSource? _source;
    private volatile FetchedExperts? _fetched;

    private NodeCore(Config config, NodeSettings settings, ModelSource? source, ComputePool pool, MembershipSettings membership)
    {
        Config = config;
        Settings = settings;
        _source = source;
        Pool = pool;
        Membership = membership;
        Known = new KnownMembers(membership.MembersFile);
    }

    public Config Config { get; }

    public NodeSettings Settings { get; }

    /// <summary>The opened model.</summary>
    /// <exception cref="InvalidOperationException">The process has no model file.</exception>
    public ModelSource Source => _source ?? throw new InvalidOperationException($"the process has no model file ({SettingKeys.FromPeers})");

    /// <summary>Whether the process has a model file.</summary>
    public bool HasFile => _source is not null;

    /// <summary>The model's experts; null as long as the process has no model file and has not heard what the model is.</summary>
    public IExpertSource? Experts => (IExpertSource?)_source ?? _fetched;

    /// <summary>Experts that come from peers, or null.</summary>
    public FetchedExperts? Fetched => _fetched;

    public ComputePool Pool { get; }

    public MembershipSettings Membership { get; }

    /// <summary>The members of the last membership.</summary>
    public KnownMembers Known { get; }

    /// <summary>Opens the model.</summary>
    /// <param name="config">The process's configuration.</param>
    /// <exception cref="ModelFormatException">The model cannot be served.</exception>
    /// <exception cref="ConfigurationException">A key is wrong, or the folder for fetched experts cannot be made.</exception>
    public static NodeCore Open(Config config)
    {
        var settings = NodeSettings.Read(config);
        var membership = MembershipSettings.Read(config);
        if (settings.FromPeers)
            CreateCache(settings.WeightsCache);
        var source = settings.FromPeers ? null : ModelSource.Open(ModelLocator.Find(settings.Model), settings.Type);
        return new NodeCore(config, settings, source, new ComputePool(settings.Threads, "compute"), membership);
    }

    private static void CreateCache(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{SettingKeys.WeightsCache} = {folder}: the folder cannot be made: {e.Message}", e);
        }
    }

    /// <summary>Learns what the model is, where it comes from peers.</summary>
    public void Learn(FetchedExperts experts) => _fetched = experts;

    public void Dispose()
    {
        Pool.Dispose();
        _source?.Dispose();
        _fetched?.Dispose();
    }
}
