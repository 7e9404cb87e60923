namespace Grains.Topics;

/// <summary>A number of bytes, or of things, that many share, up to a limit. No lock: takers from anywhere.</summary>
internal sealed class Budget(long max)
{
    private long _used;

    public long Used => Interlocked.Read(ref _used);

    public bool HasRoomFor(long amount) => Used + amount <= max;

    /// <returns>False, and nothing is taken, when it would be more than there is.</returns>
    public bool TryTake(long amount)
    {
        if (Interlocked.Add(ref _used, amount) <= max)
            return true;
        Interlocked.Add(ref _used, -amount);
        return false;
    }

    /// <summary>Takes what has to be had, also past the limit.</summary>
    public void Take(long amount) => Interlocked.Add(ref _used, amount);

    public void GiveBack(long amount)
    {
        if (amount != 0)
            Take(-amount);
    }
}
