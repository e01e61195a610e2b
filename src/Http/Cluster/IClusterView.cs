namespace MoE.Http;

/// <summary>What <c>GET /cluster</c> shows. Thread-safe.</summary>
public interface IClusterView
{
    /// <summary>The cluster as this front sees it now.</summary>
    Task<ClusterSnapshot> GetAsync(CancellationToken cancellationToken);
}
