namespace Grains.Client.Connections;

/// <summary>One attempt to have a request answered on one connection.</summary>
internal sealed class PendingAnswer(Request request)
{
    private readonly TaskCompletionSource<ReadOnlyMemory<byte>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSent;

    public Request Request { get; } = request;

    public Task<ReadOnlyMemory<byte>> Answer => _answer.Task;

    /// <summary>The bytes may have left: a lost connection leaves the outcome unknown.</summary>
    public bool IsSent
    {
        get => _isSent;
        set => _isSent = value;
    }

    public void Complete(ReadOnlyMemory<byte> answer) => _answer.TrySetResult(answer);

    public void Fail(Exception reason) => _answer.TrySetException(reason);

    public void Abandon(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);
}
