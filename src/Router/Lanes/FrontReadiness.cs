namespace MoE.Router;

/// <summary>Whether every expert of the model has an owner that this front can reach. Written by the dispatcher, read by anyone.</summary>
public sealed class FrontReadiness
{
    private volatile State _state = new(false, false, "no placement yet: the experts' nodes are joining or loading", 0);

    public bool Ready => _state.Ready;

    /// <summary>Whether a request would be served now or after a wait: experts are missing, but their place is being found.</summary>
    public bool Accepting => _state.Ready || _state.Recovering;

    /// <summary>What is missing, or null.</summary>
    public string? Reason => _state.Reason;

    /// <summary>Version of the placement in force, 0 for none.</summary>
    public long PlacementVersion => _state.PlacementVersion;

    /// <summary>The front is in no cluster now; the next membership's dispatcher tells when it can serve again.</summary>
    public void Lost(string reason) => SetMissing(reason, recovering: false, PlacementVersion);

    internal void SetReady(long placementVersion) => _state = new State(true, false, null, placementVersion);

    internal void SetMissing(string reason, bool recovering, long placementVersion) =>
        _state = new State(false, recovering, reason, placementVersion);

    private sealed record State(bool Ready, bool Recovering, string? Reason, long PlacementVersion);
}
