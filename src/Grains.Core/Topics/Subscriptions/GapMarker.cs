namespace Grains.Topics.Subscriptions;

/// <summary>A gap that has not been told yet and may still grow. Offsets from <see cref="From"/> up to, not including, <see cref="To"/>; -1: not
/// known.</summary>
internal sealed class GapMarker
{
    public required GapReason Reason { get; init; }

    public required long Epoch { get; init; }

    public required long From { get; set; }

    public required long To { get; set; }

    /// <summary>Where reading goes on, when that is not <see cref="To"/> of the same epoch.</summary>
    public TopicPosition? Next { get; set; }

    /// <summary>Takes in a range that begins where this one ends.</summary>
    public bool TryExtend(long epoch, long from, long to)
    {
        if (Epoch != epoch || To != from || Next is not null)
            return false;
        To = to;
        return true;
    }

    public TopicGap Tell() => new(Reason, Epoch, From, To, Next?.Epoch ?? Epoch, Next?.Offset ?? To);
}
