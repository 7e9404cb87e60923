using Grains.Engine;

namespace Grains.Orleans.Client;

/// <summary>A call that this program has made.</summary>
internal sealed class RemoteCall(ConnectionId caller) : IDisposable
{
    private readonly TaskCompletionSource<CallReply> _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<RemoteSession?> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _unwanted = new();

    /// <summary>This program's connection that gets its items; none when nobody does.</summary>
    public ConnectionId Caller => caller;

    public Task<CallReply> Reply => _reply.Task;

    /// <summary>Ends when a silo has the call, with its session; or with null when none will.</summary>
    public Task<RemoteSession?> Begun => _begun.Task;

    /// <summary>Cancelled when nobody wants the answer any more.</summary>
    public CancellationToken Unwanted => _unwanted.Token;

    public void Begin(RemoteSession? session) => _begun.TrySetResult(session);

    public void End(CallReply reply) => _reply.TrySetResult(reply);

    public void Cancel()
    {
        try
        {
            _unwanted.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }

    public void Dispose() => _unwanted.Dispose();
}
