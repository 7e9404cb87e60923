using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Functions;

/// <summary>A call that runs here for somebody else. It ends early when the server says so, its time is over or its connection goes.</summary>
internal sealed class RunningCall : ICallContext, IDisposable
{
    private readonly InvokeMessage _invoke;
    // Without a timeout of its own, whose thread would run the function's callbacks and end the process with what they throw. So it has
    // nothing to give back: it is not disposed, and a call that is over can be cancelled.
    private readonly CancellationTokenSource _cancelling = new();
    private readonly ITimer _deadline;

    public RunningCall(Connection connection, InvokeMessage invoke, TimeProvider time, BackgroundTasks background)
    {
        Connection = connection;
        _invoke = invoke;
        // By this machine's clock: the server's may be another one.
        Deadline = time.GetUtcNow() + invoke.Timeout;
        _deadline = time.CreateTimer(_ => background.Add(CancelAsync()), null, invoke.Timeout, Timeout.InfiniteTimeSpan);
    }

    public Connection Connection { get; }

    public string CallId => _invoke.CallId;

    public ConnectionId Caller => _invoke.Caller;

    public DateTimeOffset Deadline { get; }

    public CancellationToken Cancelled => _cancelling.Token;

    /// <summary>Tells the function that nobody waits any more. Its callbacks run elsewhere: one that blocks would hold up the receive loop,
    /// which is where most calls are cancelled.</summary>
    /// <returns>Fails with what the function's own callbacks throw.</returns>
    public Task CancelAsync() => _cancelling.CancelAsync();

    /// <summary>Sends an item to a caller that asked for a stream; others do not get it.</summary>
    public ValueTask ReportAsync(Value item) => _invoke.Stream
        ? Connection.PostAsync(FunctionRequestWriter.Progress(CallId, item), Cancelled)
        : ValueTask.CompletedTask;

    /// <summary>Its time counts no more.</summary>
    public void Dispose() => _deadline.Dispose();
}
