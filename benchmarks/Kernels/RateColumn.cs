using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using MoE.Kernels;

namespace MoE.Benchmarks.Kernels;

/// <summary>What a product does in a second, from its mean time.</summary>
/// <param name="name">Name with the unit, 10⁹ a second.</param>
/// <param name="legend">What is counted.</param>
/// <param name="amount">How much of it a product has.</param>
internal sealed class RateColumn(string name, string legend, Func<BenchmarkProduct, double> amount) : IColumn
{
    public string Id => name;

    public string ColumnName => name;

    public string Legend => $"{legend}, 10⁹ a second";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public bool IsAvailable(Summary summary) => true;

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (summary[benchmarkCase]?.ResultStatistics is not { } statistics)
            return "-";
        var product = new BenchmarkProduct(
            (WeightType)benchmarkCase.Parameters[nameof(MatMulBenchmarks.Type)], (int)benchmarkCase.Parameters[nameof(MatMulBenchmarks.Tokens)]);
        return (amount(product) / statistics.Mean).ToString("0.0", CultureInfo.InvariantCulture);
    }
}
