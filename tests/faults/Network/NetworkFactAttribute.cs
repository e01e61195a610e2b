namespace MoE.Faults;

/// <summary>A spec that takes network namespaces; skipped, with the reason, where there are none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NetworkFactAttribute : FactAttribute
{
    public NetworkFactAttribute() => Skip = Namespaces.Unavailable;
}
