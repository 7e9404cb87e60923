using System.Collections.Immutable;

namespace Grains.Orleans.Sessions;

/// <summary>
/// What has happened to a session and its client has not acknowledged. Events have numbers without holes; each is kept until a question says that
/// the client has it, so an answer that is lost costs nothing. Used by any thread.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="acknowledged">Told of each event that the client has.</param>
internal sealed class SessionOutbox(ClientSessionOptions options, Action<SessionEvent> acknowledged)
{
    private readonly Lock _lock = new();
    private readonly Queue<SessionEvent> _events = new();
    private TaskCompletionSource? _question;
    private long _first = 1;
    private long _waitingBytes;
    private bool _leaving;
    private bool _saidLeaving;
    private bool _closed;

    /// <summary>What others cause is refused: the client has not fetched what there is. Deliveries do not count, they have credit.</summary>
    public bool IsFull => Interlocked.Read(ref _waitingBytes) >= options.WaitingBytesMax;

    public void Add(SessionEvent happened)
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _events.Enqueue(happened);
            if (happened is not SessionEvent.Delivered)
                Interlocked.Add(ref _waitingBytes, happened.CostBytes);
            Answer();
        }
    }

    /// <summary>The silo is stopping; a question that waits, or else the next one, is answered with that at once.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            _leaving = true;
            Answer();
        }
    }

    /// <summary>Nothing happens any more; a question that waits is answered, and what is there can still be fetched.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Answer();
        }
    }

    /// <param name="have">The number of the last event that the client has.</param>
    /// <param name="wait">How long to wait while there is nothing.</param>
    public async Task<SessionBatch> NextAsync(long have, TimeSpan wait)
    {
        Task question;
        lock (_lock)
        {
            Acknowledge(have);
            // A question that still waits was given up by the client, since it asks anew.
            Answer();
            if (_events.Count > 0 || _closed || (_leaving && !_saidLeaving) || wait <= TimeSpan.Zero)
                return Batch();
            _question = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            question = _question.Task;
        }

        await question.WaitAsync(wait, options.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        lock (_lock)
            return Batch();
    }

    private void Answer()
    {
        _question?.TrySetResult();
        _question = null;
    }

    private void Acknowledge(long have)
    {
        while (_first <= have && _events.TryDequeue(out var known))
        {
            _first++;
            if (known is not SessionEvent.Delivered)
                Interlocked.Add(ref _waitingBytes, -known.CostBytes);
            acknowledged(known);
        }
    }

    private SessionBatch Batch()
    {
        var events = ImmutableArray.CreateBuilder<SessionEvent>();
        long bytes = 0;
        foreach (var happened in _events)
        {
            bytes += happened.CostBytes;
            if (events.Count > 0 && bytes > options.BatchBytesMax)
                break;
            events.Add(happened);
        }

        _saidLeaving = _leaving;
        var isLast = _closed && events.Count == _events.Count;
        return new SessionBatch(_first, events.DrainToImmutable(), isLast, _leaving);
    }
}
