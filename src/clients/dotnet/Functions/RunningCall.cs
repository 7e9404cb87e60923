using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Functions;

/// <summary>A call that runs here for somebody else. It ends early when the server says so, its time is over or its connection goes.</summary>
internal sealed class RunningCall : ICallContext, IDisposable
{
    private readonly InvokeMessage _invoke;
    private readonly CancellationTokenSource _cancelling;

    public RunningCall(Connection connection, InvokeMessage invoke, TimeProvider time)
    {
        Connection = connection;
        _invoke = invoke;
        // By this machine's clock: the server's may be another one.
        Deadline = time.GetUtcNow() + invoke.Timeout;
        _cancelling = new CancellationTokenSource(invoke.Timeout, time);
    }

    public Connection Connection { get; }

    public string CallId => _invoke.CallId;

    public ConnectionId Caller => _invoke.Caller;

    public DateTimeOffset Deadline { get; }

    public CancellationToken Cancelled => _cancelling.Token;

    public void Cancel() => _cancelling.Cancel();

    /// <summary>Sends an item to a caller that asked for a stream; others do not get it.</summary>
    public ValueTask ReportAsync(Value item) => _invoke.Stream
        ? Connection.PostAsync(FunctionRequestWriter.Progress(CallId, item), Cancelled)
        : ValueTask.CompletedTask;

    public void Dispose() => _cancelling.Dispose();
}
