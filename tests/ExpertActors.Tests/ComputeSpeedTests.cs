namespace MoE.ExpertActors.Tests;

public sealed class ComputeSpeedTests
{
    private const long Dispatch = 10 << 20;
    private readonly ComputeSpeed _speed = new();
    private TimeSpan _now;

    [Fact]
    public void Add_FewSamples_GiveNoSpeedYet()
    {
        Work(ComputeSpeed.MinSamples - 1, seconds: 0.1);
        Assert.Equal(0, _speed.BytesPerSecond);
        Work(1, seconds: 0.1);
        Assert.Equal(10 * Dispatch, _speed.BytesPerSecond);
    }

    /// <summary>A pause is no work, and what runs at once shares the time.</summary>
    [Fact]
    public void Add_PausesAndDispatchesSideBySide_CountTheTimeOnceAndIdleTimeNever()
    {
        for (var i = 0; i < ComputeSpeed.MinSamples; i++)
        {
            _now += TimeSpan.FromSeconds(5);
            _speed.Add(_now, _now + Seconds(0.06), Dispatch, 1);
            _speed.Add(_now + Seconds(0.03), _now + Seconds(0.09), Dispatch, 1);
            _speed.Add(_now + Seconds(0.02), _now + Seconds(0.08), Dispatch, 1);
            _speed.Add(_now + Seconds(0.09), _now + Seconds(0.12), Dispatch, 1);
            _now += Seconds(0.12);
        }

        // Samples end after 60 ms with one dispatch, and after the other 60 ms with three.
        Assert.InRange(_speed.BytesPerSecond, (long)(Dispatch / 0.0601), (long)(3 * Dispatch / 0.0599));
    }

    [Fact]
    public void Add_OneSlowMoment_IsForgotten()
    {
        Work(30, seconds: 0.1);
        Work(10, seconds: 10);
        Work(30, seconds: 0.1);
        Assert.Equal(10 * Dispatch, _speed.BytesPerSecond);
    }

    [Fact]
    public void Add_AnotherSpeedForLong_IsTakenOver()
    {
        Work(ComputeSpeed.Samples, seconds: 0.1);
        Work(ComputeSpeed.Samples, seconds: 0.2);
        Assert.Equal(5 * Dispatch, _speed.BytesPerSecond);
    }

    [Theory]
    [InlineData(ComputeSpeed.MinBytes - 1, 1)]
    [InlineData(Dispatch, ComputeSpeed.MaxRows + 1)]
    public void Add_SmallExpertsOrPrompts_AreNoMeasure(long bytes, int rows)
    {
        for (var i = 0; i < 1000; i++)
            Add(0.1, bytes, rows);
        Assert.Equal(0, _speed.BytesPerSecond);
    }

    private void Work(int dispatches, double seconds)
    {
        for (var i = 0; i < dispatches; i++)
            Add(seconds, Dispatch, 1);
    }

    private void Add(double seconds, long bytes, int rows)
    {
        _speed.Add(_now, _now + Seconds(seconds), bytes, rows);
        _now += Seconds(seconds);
    }

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
