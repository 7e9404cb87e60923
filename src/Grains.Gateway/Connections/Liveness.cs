namespace Grains.Gateway.Connections;

/// <summary>What the heartbeat does about a connection.</summary>
internal enum LivenessVerdict : byte
{
    Alive,
    Ping,
    Unauthenticated,
    Dead,
}

/// <summary>
/// Finds half-dead peers: pings after a period of silence and gives up after two; gives up on a reader that takes nothing while output
/// waits; and on a client that does not authenticate in time. Only the heartbeat looks at a clock: the read loop leaves a mark.
/// </summary>
internal sealed class Liveness(GatewayLimits limits, bool canPing, long openedAtUs)
{
    private readonly long _openedAtUs = openedAtUs;
    private bool _received;
    private long _heardAtUs = openedAtUs;
    private long _pingedAtUs;
    private long _progress;
    private long _progressAtUs = openedAtUs;

    /// <summary>Something has come.</summary>
    public void Touch() => Volatile.Write(ref _received, true);

    public LivenessVerdict Check(long nowUs, bool writing, long progress, bool authenticated)
    {
        if (Interlocked.Exchange(ref _received, false))
            _heardAtUs = nowUs;
        if (!writing || progress != _progress)
        {
            _progress = progress;
            _progressAtUs = nowUs;
        }

        if (nowUs - _progressAtUs >= limits.WriteStallTimeout.ToUs())
            return LivenessVerdict.Dead;
        if (!authenticated && nowUs - _openedAtUs >= limits.HandshakeTimeout.ToUs())
            return LivenessVerdict.Unauthenticated;
        return canPing ? CheckSilence(nowUs) : LivenessVerdict.Alive;
    }

    private LivenessVerdict CheckSilence(long nowUs)
    {
        var period = limits.PingPeriod.ToUs();
        if (nowUs - _heardAtUs >= 2 * period)
            return LivenessVerdict.Dead;
        if (nowUs - Math.Max(_heardAtUs, _pingedAtUs) < period)
            return LivenessVerdict.Alive;
        _pingedAtUs = nowUs;
        return LivenessVerdict.Ping;
    }
}
