using MoE.Http.Metrics;

namespace MoE.Http.Tests.Metrics;

public sealed class PrometheusWriterTests
{
    [Fact]
    public void Add_LabelsWithQuotes_AreEscaped()
    {
        var writer = new PrometheusWriter();
        writer.Begin("a_total", "counter", "Help.");
        writer.Add(1.5, ("x", "a\"b\\c\nd"), ("y", "é"));
        writer.Add(2);
        Assert.Equal("# HELP a_total Help.\n# TYPE a_total counter\na_total{x=\"a\\\"b\\\\c\\nd\",y=\"é\"} 1.5\na_total 2\n", writer.ToString());
    }

    [Fact]
    public void Add_Histogram_AddsItsBucketsUp()
    {
        var histogram = new Histogram([0.5, 1]);
        foreach (var value in (double[])[0.25, 0.5, 0.75, 4])
            histogram.Observe(value);
        var writer = new PrometheusWriter();
        writer.Begin("h", "histogram", "Help.");
        writer.Add(histogram, ("a", "b"));
        Assert.Equal(
            "# HELP h Help.\n# TYPE h histogram\nh_bucket{a=\"b\",le=\"0.5\"} 2\nh_bucket{a=\"b\",le=\"1\"} 3\nh_bucket{a=\"b\",le=\"+Inf\"} 4\nh_sum{a=\"b\"} 5.5\nh_count{a=\"b\"} 4\n",
            writer.ToString());
    }
}
