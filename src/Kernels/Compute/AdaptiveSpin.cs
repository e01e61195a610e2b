namespace MoE.Kernels;

/// <summary>
/// Looks whether something has come before a thread sleeps: sleeping and waking take as long as a small layer. Whoever looked in vain
/// looks less the next time, so that it takes no processor from others. Not for several threads.
/// </summary>
/// <param name="least">Looks, at least.</param>
internal struct AdaptiveSpin(int least)
{
    private const int Most = 400;

    private readonly int _least = least;
    private int _looks = least;

    /// <summary>Looks until it has come, or often enough.</summary>
    /// <param name="state">Read by <paramref name="came"/>.</param>
    /// <param name="came">Whether it has come: a static lambda.</param>
    public void Until<TState>(TState state, Func<TState, bool> came)
    {
        var spinner = new SpinWait();
        for (var i = 0; i < _looks; i++)
        {
            if (came(state))
            {
                _looks = Math.Min(Most, _looks * 2);
                return;
            }

            spinner.SpinOnce(sleep1Threshold: -1);
        }

        _looks = Math.Max(_least, _looks / 2);
    }
}
