namespace MoE.Router;

/// <summary>
/// Bounds hedges to a share of what is sent anyway: a cluster that is slow as a whole must not be asked twice for everything.
/// </summary>
/// <param name="settings">The share and the burst.</param>
internal sealed class HedgeBudget(HedgeSettings settings)
{
    private double _tokens = settings.Burst;

    /// <summary>A frame was sent that is no hedge.</summary>
    public void Earn() => _tokens = Math.Min(settings.Burst, _tokens + settings.Share);

    /// <summary>Whether one more frame may be a hedge.</summary>
    public bool TrySpend()
    {
        if (_tokens < 1)
            return false;
        _tokens--;
        return true;
    }
}
