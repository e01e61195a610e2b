namespace MoE.Http.Security;

/// <summary>Marks a route that answers without a key. A route is closed unless it carries this.</summary>
internal sealed class OpenRoute
{
    public static OpenRoute Mark { get; } = new();
}
