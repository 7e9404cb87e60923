using Grains.Engine;

namespace Grains.InProcess;

/// <summary>A call that a delegate of this process runs.</summary>
internal sealed class InProcessCall : ICallContext, IDisposable
{
    private readonly IFunctionEngine _engine;
    private readonly ConnectionId _provider;
    private readonly Invocation _invocation;
    private readonly CancellationTokenSource _cancelling = new();

    public InProcessCall(IFunctionEngine engine, ConnectionId provider, Invocation invocation)
    {
        _engine = engine;
        _provider = provider;
        _invocation = invocation;
    }

    public Task Running { get; set; } = Task.CompletedTask;

    public string CallId => _invocation.CallId;

    public ConnectionId Caller => _invocation.Caller;

    public DateTimeOffset Deadline => DateTimeOffset.UnixEpoch.AddMicroseconds(_invocation.DeadlineAtUs);

    /// <summary>Set by the engine: it knows of cancellations and deadlines.</summary>
    public CancellationToken Cancelled => _cancelling.Token;

    public void Cancel()
    {
        try
        {
            _cancelling.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended at the same moment.
        }
    }

    public ValueTask ReportAsync(Value item) => _invocation.Stream ? _engine.ReportAsync(_provider, CallId, item) : ValueTask.CompletedTask;

    public void Dispose() => _cancelling.Dispose();
}
