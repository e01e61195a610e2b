namespace MoE.Faults;

/// <summary>The lane of an expert node that a proxy stands before.</summary>
internal enum ProxiedLane
{
    None,

    /// <summary>Rows and contributions.</summary>
    Dispatches,

    /// <summary>Ranges of experts' bytes.</summary>
    Weights,
}
