namespace MoE.Kernels.Tests;

public sealed class ThreadPlacementTests
{
    [Fact]
    public void Avoid_WhereThereAreOtherProcessors_KeepsTheThreadOffUntilItIsAllowedAgain() => OnAThread(() =>
    {
        var processor = ThreadPlacement.Processor;
        var avoided = ThreadPlacement.Avoid(ThreadPlacement.ThreadId, processor);
        if (!avoided)
        {
            Assert.True(Environment.ProcessorCount == 1 || !LinuxCalls.Supported);
            return;
        }

        Assert.NotEqual(processor, ThreadPlacement.Processor);
        ThreadPlacement.Allow();
        Assert.True(ThreadPlacement.Avoid(ThreadPlacement.ThreadId, ThreadPlacement.Processor));
        ThreadPlacement.Allow();
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(1024)]
    public void Avoid_NoSuchProcessor_ChangesNothing(int processor) => Assert.False(ThreadPlacement.Avoid(ThreadPlacement.ThreadId, processor));

    /// <summary>Of its own: a test runner's thread keeps what it had.</summary>
    private static void OnAThread(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(test));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
