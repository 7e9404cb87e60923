namespace Grains.Client.Connections;

/// <summary>A request that waits for its answer, on one connection or, if its <see cref="Session"/> owns it, over several.</summary>
internal sealed class PendingAnswer(Request request, bool isBound)
{
    private const int Waiting = 0;
    private const int Sent = 1;
    private const int Withdrawn = 2;

    private readonly TaskCompletionSource<ReadOnlyMemory<byte>> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state;

    public Request Request { get; } = request;

    /// <summary>It means something to its connection alone and is lost with it.</summary>
    public bool IsBound { get; } = isBound;

    public Task<ReadOnlyMemory<byte>> Answer => _answer.Task;

    /// <summary>The bytes may have left: a lost connection leaves the outcome unknown.</summary>
    public bool IsSent => Volatile.Read(ref _state) == Sent;

    /// <summary>It is, or was, among those that wait for a connection.</summary>
    public bool HasWaited { get; set; }

    /// <summary>The bytes leave now, unless nobody waits any more. Either this or <see cref="TryWithdraw"/> is true, never both.</summary>
    public bool TrySend() => !_answer.Task.IsCompleted && Interlocked.CompareExchange(ref _state, Sent, Waiting) != Withdrawn;

    /// <summary>The waiter gives up; true when the bytes have not left, and then they never will.</summary>
    public bool TryWithdraw() => Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) != Sent;

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
