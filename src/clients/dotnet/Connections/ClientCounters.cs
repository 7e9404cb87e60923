namespace Grains.Client.Connections;

/// <summary>What the client counts; <see cref="GrainsClientStatistics"/> is a snapshot of it.</summary>
internal sealed class ClientCounters(TimeProvider time)
{
    private long _requests;
    private long _ended;
    private long _latencyTicks;
    private long _inFlight;
    private long _hits;
    private long _misses;
    private long _connects;

    public long InFlight => Interlocked.Read(ref _inFlight);

    public long RequestStarted()
    {
        Interlocked.Increment(ref _requests);
        Interlocked.Increment(ref _inFlight);
        return time.GetTimestamp();
    }

    public void RequestEnded(long startedAt)
    {
        Interlocked.Decrement(ref _inFlight);
        Interlocked.Add(ref _latencyTicks, time.GetElapsedTime(startedAt).Ticks);
        Interlocked.Increment(ref _ended);
    }

    public void Read(CacheOutcome outcome)
    {
        if (outcome == CacheOutcome.Hit)
            Interlocked.Increment(ref _hits);
        else if (outcome == CacheOutcome.Miss)
            Interlocked.Increment(ref _misses);
    }

    public void Connected() => Interlocked.Increment(ref _connects);

    public GrainsClientStatistics Snapshot()
    {
        var ended = Interlocked.Read(ref _ended);
        var latency = ended == 0 ? TimeSpan.Zero : TimeSpan.FromTicks(Interlocked.Read(ref _latencyTicks) / ended);
        return new GrainsClientStatistics(Interlocked.Read(ref _requests), InFlight, Interlocked.Read(ref _hits), Interlocked.Read(ref _misses),
            latency, Math.Max(0, Interlocked.Read(ref _connects) - 1));
    }
}
