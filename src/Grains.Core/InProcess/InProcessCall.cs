using System.Diagnostics.CodeAnalysis;
using Grains.Engine;

namespace Grains.InProcess;

/// <summary>A call that a delegate of this process runs.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A token source without timer and wait handle holds nothing to give back.")]
internal sealed class InProcessCall : ICallContext
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

    /// <summary>Tells the function that nobody waits any more; returns at once, and does no harm when it is over.</summary>
    // What a callback of the function's own throws becomes an unobserved task exception: it concerns no caller.
    public void Cancel() => _ = _cancelling.CancelAsync();

    public ValueTask ReportAsync(Value item) => _invocation.Stream ? _engine.ReportAsync(_provider, CallId, item) : ValueTask.CompletedTask;
}
