using System.Runtime.InteropServices;

namespace MoE.Host;

/// <summary>
/// Ctrl-C and SIGTERM as a token. The first signal asks for an orderly end; the second one ends the process at once.
/// </summary>
internal sealed class ShutdownSignal : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="ignoreInterrupt">For a process whose parent handles Ctrl-C: the terminal sends it to both.</param>
    /// <param name="cancellationToken">Another reason to end.</param>
    public ShutdownSignal(bool ignoreInterrupt, CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
            {
                if (ignoreInterrupt)
                    context.Cancel = true;
                else
                    Handle(context);
            }),
        ];
    }

    public CancellationToken Token => _source.Token;

    public void Request() => _source.Cancel();

    public Task WaitAsync()
    {
        var requested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Token.Register(requested.SetResult);
        return requested.Task;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        if (_source.IsCancellationRequested)
            return;
        context.Cancel = true;
        _source.Cancel();
    }
}
