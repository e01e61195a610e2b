using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace MoE.Cluster.Specs;

/// <summary>A real process of the built <c>moe</c>. Disposing ends it, and only it.</summary>
internal sealed class MoEProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(90);
    private readonly Process _process;
    private readonly Channel<string> _errors = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> _seen = new();

    private MoEProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>Everything on stderr so far.</summary>
    public string Errors => string.Join('\n', _seen);

    /// <summary>The executable that the build made beside this assembly's own build.</summary>
    public static string Executable
    {
        get
        {
            var configuration = new DirectoryInfo(AppContext.BaseDirectory).Name;
            return Path.Combine(Fixture.Root, "artifacts", "bin", "MoE.Host", configuration, OperatingSystem.IsWindows() ? "moe.exe" : "moe");
        }
    }

    public static MoEProcess Start(params string[] arguments) => Start([], arguments);

    /// <param name="wrapper">A command that runs the rest of its line in its own place: <c>ip netns exec NAME</c>.</param>
    /// <param name="arguments">Of <c>moe</c>.</param>
    public static MoEProcess Start(IReadOnlyList<string> wrapper, IReadOnlyList<string> arguments)
    {
        string[] line = [.. wrapper, Executable, .. arguments];
        var start = new ProcessStartInfo(line[0], line[1..])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        var process = new Process { StartInfo = start };
        var moe = new MoEProcess(process);
        process.ErrorDataReceived += (_, line) => moe.Observe(line.Data);
        process.Start();
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return moe;
    }

    /// <summary>Waits for a line on stderr.</summary>
    public async Task<Match> LineAsync(string pattern)
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await foreach (var line in _errors.Reader.ReadAllAsync(patience.Token))
            {
                if (Regex.Match(line, pattern) is { Success: true } match)
                    return match;
            }
        }
        catch (OperationCanceledException)
        {
            // Said below, with what the process printed instead.
        }

        throw new InvalidOperationException($"'moe {string.Join(' ', _process.StartInfo.ArgumentList)}' printed no line like {pattern} but:\n{Errors}");
    }

    /// <summary>Sends a signal.</summary>
    /// <param name="signal">Its name without SIG.</param>
    public Task SendAsync(string signal) => SendAsync(_process.Id, signal);

    /// <summary>Sends a signal to any process.</summary>
    public static async Task SendAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, process.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> SignalAsync(string signal)
    {
        await SendAsync(signal);
        return await ExitedAsync();
    }

    public async Task<int> ExitedAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Observe(string? line)
    {
        if (line is null)
        {
            _errors.Writer.TryComplete();
            return;
        }

        _seen.Enqueue(line);
        _errors.Writer.TryWrite(line);
    }
}
