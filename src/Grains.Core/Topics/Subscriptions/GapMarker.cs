namespace Grains.Topics.Subscriptions;

/// <summary>A gap that has not been told yet and may still grow. Offsets from <see cref="From"/> up to, not including, <see cref="To"/>; -1: not
/// known. One that has absorbed others reaches from its own beginning to the end of the last: all between is missed.</summary>
internal sealed class GapMarker
{
    private bool _hasAbsorbed;

    public required GapReason Reason { get; set; }

    public required long Epoch { get; init; }

    public required long From { get; set; }

    public required long To { get; set; }

    /// <summary>Where reading goes on, when that is not <see cref="To"/> of the same epoch.</summary>
    public TopicPosition? Next { get; set; }

    /// <summary>Takes in a range that begins where this one ends.</summary>
    public bool TryExtend(long epoch, long from, long to)
    {
        if (_hasAbsorbed && Next == new TopicPosition(epoch, from))
        {
            Next = new TopicPosition(epoch, to);
            return true;
        }

        if (Epoch != epoch || To != from || Next is not null)
            return false;
        To = to;
        return true;
    }

    /// <summary>Takes in a later gap of the same topic, between which and this one nothing is left to deliver. Within one epoch it stays exact;
    /// beyond it becomes one <see cref="GapReason.NewEpoch"/>, since a number of messages over several epochs would say little.</summary>
    public void Absorb(long epoch, long from, long to, TopicPosition? next)
    {
        if (next is null && TryExtend(epoch, from, to))
            return;
        _hasAbsorbed = true;
        Reason = GapReason.NewEpoch;
        To = -1;
        Next = next ?? new TopicPosition(epoch, to);
    }

    public TopicGap Tell() => new(Reason, Epoch, From, To, Next?.Epoch ?? Epoch, Next?.Offset ?? To);
}
