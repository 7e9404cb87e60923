namespace Grains.Client.Connections;

/// <summary>A request that waits for its answer, on one connection or, if its <see cref="Session"/> owns it, over several.</summary>
internal sealed class PendingAnswer(Request request, bool isBound)
{
    private readonly TaskCompletionSource<ReadOnlyMemory<byte>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isSent;

    public Request Request { get; } = request;

    /// <summary>It means something to its connection alone and is lost with it.</summary>
    public bool IsBound { get; } = isBound;

    public Task<ReadOnlyMemory<byte>> Answer => _answer.Task;

    /// <summary>The bytes may have left: a lost connection leaves the outcome unknown.</summary>
    public bool IsSent
    {
        get => _isSent;
        set => _isSent = value;
    }

    /// <summary>It is, or was, among those that wait for a connection.</summary>
    public bool HasWaited { get; set; }

    public void Complete(ReadOnlyMemory<byte> answer) => _answer.TrySetResult(answer);

    public void Fail(Exception reason) => _answer.TrySetException(reason);

    public void Abandon(CancellationToken cancellationToken) => _answer.TrySetCanceled(cancellationToken);

    /// <summary>Waits for the answer until the token is cancelled.</summary>
    public async Task<ReadOnlyMemory<byte>> WaitAsync(CancellationToken cancellationToken)
    {
        using var abandon = cancellationToken.UnsafeRegister(static (p, token) => ((PendingAnswer)p!).Abandon(token), this);
        return await _answer.Task.ConfigureAwait(false);
    }
}
