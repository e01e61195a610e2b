using Microsoft.Extensions.Hosting;

namespace MoE.Http;

/// <summary>The process's signals belong to the program that starts the surface.</summary>
internal sealed class EmbeddedLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
