using System.Collections.Immutable;

namespace Grains;

/// <summary>
/// Where a client's subscription stands: the next position of each topic it has seen. It says what has been delivered already, and what to
/// ask of the next connection so that nothing is missing and nothing comes twice.
/// </summary>
internal sealed class SubscriptionPositions(SubscribeCommand command)
{
    private readonly Dictionary<string, TopicPosition> _next = new(StringComparer.Ordinal);
    private long _subscribedAtUs;

    /// <summary>The server's time of the first acknowledgement; 0 before it.</summary>
    public long SubscribedAtUs => _subscribedAtUs;

    /// <summary>The time of the first acknowledgement counts: what came since belongs to the subscription.</summary>
    public void Acknowledged(long subscribedAtUs)
    {
        if (_subscribedAtUs == 0)
            _subscribedAtUs = subscribedAtUs;
    }

    /// <summary>Whether a delivery is new; the position moves on only by <see cref="MovePast"/>.</summary>
    public bool IsNew(in Delivery delivery)
    {
        var isKnown = _next.TryGetValue(delivery.Topic, out var next);
        if (delivery.Gap is { } gap)
            return !isKnown || gap.Epoch != next.Epoch || gap.To < 0 || gap.To > next.Offset;
        return !isKnown || delivery.Epoch != next.Epoch || delivery.Record!.Offset >= next.Offset;
    }

    public void MovePast(in Delivery delivery) => _next[delivery.Topic] = delivery.Gap is { } gap
        ? new TopicPosition(gap.NextEpoch, gap.NextOffset)
        : new TopicPosition(delivery.Epoch, delivery.Record!.Offset + 1);

    /// <summary>What to ask of the next connection. Topics that were seen go on where they stand; the others start where they would have
    /// started at the first acknowledgement. A program that resumed by itself has named positions and that moment: both stay.</summary>
    public SubscribeCommand ToResume()
    {
        if (_subscribedAtUs == 0)
            return command;
        return command.Start == StartKind.Resume || command.AsOfUs != 0
            ? command with { Resume = command.Resume.SetItems(_next) }
            : command with { Resume = _next.ToImmutableDictionary(), AsOfUs = _subscribedAtUs };
    }
}
