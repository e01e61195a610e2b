using Akka.Configuration;

namespace MoE.Protocol;

/// <summary>How exactly rows travel between front and experts.</summary>
public enum RowPrecision
{
    /// <summary>As they are: a cluster computes what one process computes, bit for bit.</summary>
    F32 = 1,

    /// <summary>
    /// Rounded to bfloat16, half of the bytes. The experts round what they read and what they answer, with or without a wire
    /// between, so that results are the same for any number of nodes and replicas; they differ from one process without a cluster.
    /// </summary>
    Bf16 = 2,
}

/// <summary>The key <c>moe.lane.activations</c>.</summary>
public static class RowPrecisions
{
    /// <param name="config">The process's configuration.</param>
    /// <exception cref="ConfigurationException">The value is none of those there are.</exception>
    public static RowPrecision Read(Config config)
    {
        ArgumentNullException.ThrowIfNull(config);
        return config.GetString("moe.lane.activations") switch
        {
            "f32" => RowPrecision.F32,
            "bf16" => RowPrecision.Bf16,
            var value => throw new ConfigurationException($"moe.lane.activations = {value}: must be f32 or bf16"),
        };
    }
}
