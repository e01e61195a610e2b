using System.Diagnostics;

namespace MoE.Host;

/// <summary>
/// The expert processes that <c>moe up</c> starts, and starts again where they die (<see cref="Restarts"/>). Disposing ends them: their
/// standard input closes, then, past a grace, they are killed.
/// </summary>
/// <param name="restarts">Whether and when a process is started again.</param>
/// <param name="say">Gets a line for people whenever one has ended that nobody asked to.</param>
/// <param name="cancellation">The end of everything: nothing is started again after it.</param>
internal sealed class ExpertChildren(RestartSettings restarts, Action<string> say, CancellationToken cancellation) : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);
    private readonly Lock _lock = new();
    private readonly List<Process> _running = [];
    private readonly List<Task> _kept = [];
    private readonly TaskCompletionSource _anyLost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);

    /// <summary>Ends when a child has ended that nobody asked to and that is not started again.</summary>
    public Task AnyLost => _anyLost.Task;

    /// <summary>Resident memory of the processes.</summary>
    public long ResidentBytes
    {
        get
        {
            lock (_lock)
            {
                return _running.Sum(process =>
                {
                    process.Refresh();
                    return process.HasExited ? 0 : process.WorkingSet64;
                });
            }
        }
    }

    /// <summary>Starts one expert process on loopback.</summary>
    /// <param name="seed">host:port of the seed.</param>
    /// <param name="settings">The parent's settings: the child serves the same model with its share of the processors.</param>
    /// <param name="nodes">How many children there will be.</param>
    /// <param name="flags">The parent's flags; those that a child understands are passed on.</param>
    public void Start(string seed, NodeSettings settings, int nodes, IReadOnlyDictionary<string, string> flags)
    {
        var threads = flags.ContainsKey(SettingKeys.Threads) ? settings.Threads : Math.Max(1, settings.Threads / nodes);
        var arguments = new List<string>
        {
            "expert", "--managed", "--seed", seed,
            "--model", ModelLocator.Find(settings.Model),
            "--threads", threads.ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        Pass(SettingKeys.Type, "--type");
        Pass(SettingKeys.LogLevel, "--log-level");

        var start = SelfCommand(arguments);
        start.Environment[SettingKeys.ActivationsVariable] = settings.Activations;
        start.RedirectStandardInput = true;
        if (Launch(start) is { } process)
            _kept.Add(KeepAsync(start, process));

        void Pass(string key, string option)
        {
            if (!flags.TryGetValue(key, out var value))
                return;
            arguments.Add(option);
            arguments.Add(value);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        ForEach(process => process.StandardInput.Close());
        var ended = Task.WhenAll(_kept);
        if (await Task.WhenAny(ended, Task.Delay(s_grace, CancellationToken.None)).ConfigureAwait(false) != ended)
            ForEach(process => process.Kill(entireProcessTree: true));
        await ended.ConfigureAwait(false);
        _ending.Dispose();
    }

    /// <summary>Null where everything is about to end.</summary>
    private Process? Launch(ProcessStartInfo start)
    {
        lock (_lock)
        {
            if (_ending.IsCancellationRequested)
                return null;
            var process = Process.Start(start) ?? throw new IOException($"could not start {start.FileName}");
            _running.Add(process);
            return process;
        }
    }

    /// <summary>Ends with the last process that is started.</summary>
    private async Task KeepAsync(ProcessStartInfo start, Process? process)
    {
        var policy = new Restarts(restarts);
        while (process is not null)
        {
            var started = Stopwatch.GetTimestamp();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            var exitCode = process.ExitCode;
            lock (_lock)
                _running.Remove(process);
            process.Dispose();
            if (_ending.IsCancellationRequested)
                return;
            var (pause, reason) = policy.Next(exitCode, Stopwatch.GetElapsedTime(started));
            if (pause is not { } wait)
            {
                say($"an expert process ended with code {exitCode} and is not started again: {reason}");
                _anyLost.TrySetResult();
                return;
            }

            say($"an expert process ended with code {exitCode}: another one starts in {wait.TotalSeconds:0.#} s ({reason})");
            try
            {
                await Task.Delay(wait, _ending.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            process = Launch(start);
        }
    }

    private void ForEach(Action<Process> action)
    {
        lock (_lock)
            _running.ForEach(action);
    }

    /// <summary>This program again: its own executable, or the runtime with its assembly.</summary>
    private static ProcessStartInfo SelfCommand(IEnumerable<string> arguments)
    {
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("the process has no path");
        var start = new ProcessStartInfo(executable) { UseShellExecute = false };
        if (Path.GetFileNameWithoutExtension(executable) == "dotnet")
            start.ArgumentList.Add(typeof(ExpertChildren).Assembly.Location);
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }
}
