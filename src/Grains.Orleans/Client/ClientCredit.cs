using Grains.Engine;

namespace Grains.Orleans.Client;

/// <summary>
/// What of a connection's deliveries has been read. The silo is told all bytes since its session began, so that a repeated message does no
/// harm, and only when a quarter of the credit has been read: there is always more left than is untold.
/// </summary>
internal sealed class ClientCredit
{
    private const long TellBytes = DeliveryCredit.InitialBytes / 4;

    private readonly Lock _lock = new();
    private long _delivered;
    private long _read;
    private long _told;

    /// <summary>A new session begins.</summary>
    /// <returns>What has been delivered and not read: so much less may be delivered there until it has.</returns>
    public long Restart()
    {
        lock (_lock)
        {
            _delivered -= _read;
            (_read, _told) = (0, 0);
            return _delivered;
        }
    }

    public void Deliver(long bytes)
    {
        lock (_lock)
            _delivered += bytes;
    }

    /// <returns>True when it is time to tell the silo.</returns>
    public bool Read(long bytes)
    {
        lock (_lock)
        {
            _read += bytes;
            return _read - _told >= TellBytes;
        }
    }

    /// <returns>What to tell the silo; null when it knows enough.</returns>
    public long? Tell()
    {
        lock (_lock)
            return _read - _told >= TellBytes ? _told = _read : null;
    }
}
