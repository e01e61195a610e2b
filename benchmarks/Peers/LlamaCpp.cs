using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace MoE.Benchmarks.Peers;

/// <summary>llama.cpp's own benchmarks: llama-bench for one sequence, llama-batched-bench for several.</summary>
internal static class LlamaCpp
{
    private static readonly string[] s_rpcServers = ["rpc-server", "ggml-rpc-server"];

    public static async Task<IReadOnlyDictionary<string, double>> RunAsync(
        Settings settings, IReadOnlyList<int> parallel, CancellationToken cancellationToken)
    {
        var speeds = await BenchAsync(settings, [], cancellationToken).ConfigureAwait(false);
        var output = await ChildProcess.RunAsync(
            Find(settings, "llama-batched-bench"),
            [
                "-m", settings.Model, "-t", Text(settings.Threads), "-c", Text(parallel.Max() * (settings.Generate + 32)), "-npp", "1",
                "-ntg", Text(settings.Generate), "-npl", string.Join(',', parallel), "--output-format", "jsonl",
            ],
            cancellationToken).ConfigureAwait(false);
        foreach (var line in output.Split('\n').Where(line => line.StartsWith('{')))
        {
            var row = JsonDocument.Parse(line).RootElement;
            speeds[$"tg{settings.Generate}x{row.GetProperty("pl").GetInt32()}"] = row.GetProperty("speed_tg").GetDouble();
        }

        return speeds;
    }

    /// <summary>Layers over rpc-servers on loopback, which share the threads.</summary>
    public static async Task<IReadOnlyDictionary<string, double>> RunOverRpcAsync(Settings settings, CancellationToken cancellationToken)
    {
        var servers = new List<Process>();
        try
        {
            var endpoints = new List<string>();
            for (var i = 0; i < settings.Nodes; i++)
            {
                var port = FreePort();
                var server = ChildProcess.Start(
                    Find(settings, s_rpcServers), ["-H", "127.0.0.1", "-p", Text(port), "-t", Text(Math.Max(1, settings.Threads / settings.Nodes))]);
                server.OutputDataReceived += (_, _) => { };
                server.ErrorDataReceived += (_, _) => { };
                server.BeginOutputReadLine();
                server.BeginErrorReadLine();
                servers.Add(server);
                await WaitForAsync(port, cancellationToken).ConfigureAwait(false);
                endpoints.Add($"127.0.0.1:{port}");
            }

            return await BenchAsync(settings, ["-ngl", "99", "--rpc", string.Join(',', endpoints)], cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            foreach (var server in servers)
            {
                server.Kill();
                server.Dispose();
            }
        }
    }

    private static async Task<Dictionary<string, double>> BenchAsync(Settings settings, string[] more, CancellationToken cancellationToken)
    {
        var output = await ChildProcess.RunAsync(
            Find(settings, "llama-bench"),
            [
                "-m", settings.Model, "-t", Text(settings.Threads), "-p", Text(settings.Prompt), "-n", Text(settings.Generate), "-r", "2",
                "-o", "json", .. more,
            ],
            cancellationToken).ConfigureAwait(false);
        return JsonDocument.Parse(output).RootElement.EnumerateArray().ToDictionary(
            row => row.GetProperty("n_gen").GetInt32() > 0 ? $"tg{settings.Generate}" : $"pp{settings.Prompt}",
            row => row.GetProperty("avg_ts").GetDouble());
    }

    private static string Find(Settings settings, params string[] names)
    {
        if (settings.LlamaFolder is null)
            return names[0];
        return names.Select(name => Path.Combine(settings.LlamaFolder, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"{settings.LlamaFolder} has no {string.Join(" or ", names)}");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task WaitForAsync(int port, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (SocketException)
            {
                // Not listening yet.
                await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        throw new InvalidOperationException($"rpc-server did not listen on port {port} within 10 s");
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
