using System.Diagnostics;

namespace MoE.Host;

/// <summary>The expert processes that <c>moe up</c> starts. Disposing ends them: their standard input closes, then, past a grace, they are killed.</summary>
internal sealed class ExpertChildren : IAsyncDisposable
{
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(10);
    private readonly List<Process> _processes = [];
    private readonly TaskCompletionSource _anyExited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _disposing;

    /// <summary>Ends when a child ends that nobody asked to.</summary>
    public Task AnyExited => _anyExited.Task;

    /// <summary>Resident memory of the processes.</summary>
    public long ResidentBytes => _processes.Sum(process =>
    {
        process.Refresh();
        return process.HasExited ? 0 : process.WorkingSet64;
    });

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
        var process = Process.Start(start) ?? throw new IOException($"could not start {start.FileName}");
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) =>
        {
            if (!_disposing)
                _anyExited.TrySetResult();
        };
        _processes.Add(process);

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
        _disposing = true;
        foreach (var process in _processes)
            process.StandardInput.Close();
        using var grace = new CancellationTokenSource(s_grace);
        foreach (var process in _processes)
        {
            try
            {
                await process.WaitForExitAsync(grace.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
            }

            process.Dispose();
        }
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
