using System.Diagnostics;

namespace Grains.Benchmarks.Load;

/// <summary>
/// The driver's one thread: waits for any of its connections, reads each that has something with one call, and hands it to its participant. The same
/// loop drives every server.
/// </summary>
internal sealed class LoadLoop : IDisposable
{
    private const int BufferBytes = 128 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
    private readonly Poller _poller = new();
    private readonly List<Participant> _participants = [];

    /// <summary>Nanoseconds of the clock that all times of the driver are read from.</summary>
    public static long NowNs() => Stopwatch.Frequency == 1_000_000_000
        ? Stopwatch.GetTimestamp()
        : (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    public void Add(Participant participant)
    {
        participant.Link.BeginPolling(_poller, _participants.Count);
        _participants.Add(participant);
    }

    /// <summary>Waits at most so long, and handles what has come.</summary>
    public void RunOnce(long timeoutNs)
    {
        var ready = _poller.Wait(timeoutNs);
        for (var place = 0; place < ready; place++)
        {
            var participant = _participants[_poller.IndexAt(place)];
            if (_poller.CanWriteAt(place))
                participant.Link.SendUnsent();
            Receive(participant);
        }
    }

    public void Dispose()
    {
        foreach (var participant in _participants)
            participant.Dispose();
        _poller.Dispose();
    }

    private void Receive(Participant participant)
    {
        var link = participant.Link;
        var count = link.Receive(_buffer);
        if (count == 0)
            return;
        participant.Count(count - link.RestBytes);
        var consumed = participant.Received(_buffer.AsSpan(0, count), NowNs());
        link.KeepRest(_buffer.AsSpan(consumed, count - consumed));
    }
}
