namespace Grains.Topics;

/// <summary>
/// Bytes queued for one connection. What is within its guaranteed share is its own; only what goes beyond takes part in the budget that all
/// connections share, so nobody else's queues can make it refuse the share. No lock: what is shared follows from the bytes used before and after
/// each change, so the changes add up in any order.
/// </summary>
internal sealed class QueueBudget(long max, long guaranteed, NodeQueues node)
{
    private long _used;

    public long Used => Interlocked.Read(ref _used);

    /// <summary>A quarter of what is the connection's own is in use.</summary>
    public bool IsQuarterFull => 4 * Used >= Math.Min(max, guaranteed);

    /// <returns>False, and nothing is taken, when it would be more than the connection may have, or than the node has beyond the share.</returns>
    public bool TryTake(long amount)
    {
        while (true)
        {
            var used = Used;
            var shared = Shared(used + amount) - Shared(used);
            if (used + amount > max || (shared > 0 && !node.Shared.TryTake(shared)))
                return false;
            if (TryMove(used, amount))
                return true;
            node.Shared.GiveBack(shared);
        }
    }

    /// <summary>Takes as much as one record needs while the connection has anything left.</summary>
    public bool TryTakeLast(long amount)
    {
        while (true)
        {
            var used = Used;
            if (used >= max)
                return false;
            if (!TryMove(used, amount))
                continue;
            node.Shared.Take(Shared(used + amount) - Shared(used));
            return true;
        }
    }

    /// <summary>Takes what has to be had, also past the limit.</summary>
    public void Take(long amount)
    {
        var used = Interlocked.Add(ref _used, amount);
        node.All.Take(amount);
        node.Shared.Take(Shared(used) - Shared(used - amount));
    }

    public void GiveBack(long amount)
    {
        if (amount != 0)
            Take(-amount);
    }

    private bool TryMove(long used, long amount)
    {
        if (Interlocked.CompareExchange(ref _used, used + amount, used) != used)
            return false;
        node.All.Take(amount);
        return true;
    }

    private long Shared(long used) => Math.Max(0, used - guaranteed);
}

/// <summary>What the queues of all connections hold, and how much of it is beyond their shares.</summary>
internal sealed class NodeQueues(long sharedMax)
{
    public Budget All { get; } = new(long.MaxValue);

    public Budget Shared { get; } = new(sharedMax);
}
