namespace MoE.Protocol;

/// <summary>What two processes must agree on before they talk of anything else.</summary>
public static class WireVersion
{
    /// <summary>Raised with every change of a message or a lane frame that an older process cannot read.</summary>
    public const int Current = 6;
}
