using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using MoE.Kernels;
using Perfolizer.Horology;

namespace MoE.Benchmarks.Kernels;

/// <summary>One job for each kernel variant of this machine, in a process of its own that is forced to it.</summary>
internal sealed class VariantConfig : ManualConfig
{
    public VariantConfig()
    {
        foreach (var variant in KernelInfo.Variants)
        {
            AddJob(Job.Default
                .WithEnvironmentVariable(KernelInfo.EnvironmentVariable, variant)
                .WithLaunchCount(1).WithWarmupCount(2).WithIterationCount(4).WithIterationTime(TimeInterval.FromMilliseconds(100))
                .WithId(variant));
        }

        AddColumn(new RateColumn("GB/s", "Bytes of weights", product => product.WeightBytes));
        AddColumn(new RateColumn("GOP/s", "Multiplications and additions", product => product.Operations));
    }
}
