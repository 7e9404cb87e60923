using System.Collections.Immutable;

namespace Grains.Client.Topics;

/// <summary>
/// Where a subscription stands: the next position of each topic it has seen. It says what has been delivered already, and what to
/// ask of the next connection so that nothing is missing and nothing comes twice.
/// </summary>
internal sealed class SubscriptionPositions(SubscribeCommand command)
{
    private readonly Dictionary<string, TopicPosition> _next = new(StringComparer.Ordinal);
    private long _subscribedAtUs;
    private bool _hasResumed;

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
        var record = delivery.Record!;
        if (isKnown)
            return delivery.Epoch != next.Epoch || record.Offset >= next.Offset;
        // A start at an offset is resumed from the beginning of topics not seen yet, so what lies below it is left out here.
        return !(_hasResumed && command.Start == StartKind.Offset && record.Offset < command.StartOffset && record.AppendedAtUs < _subscribedAtUs);
    }

    public void MovePast(in Delivery delivery) => _next[delivery.Topic] = delivery.Gap is { } gap
        ? new TopicPosition(gap.NextEpoch, gap.NextOffset)
        : new TopicPosition(delivery.Epoch, delivery.Record!.Offset + 1);

    /// <summary>What to ask of the next connection. Topics that were seen go on where they stand; the others start where the
    /// subscription did, or at its first acknowledgement when its start was relative to that moment.</summary>
    public SubscribeCommand ToResume()
    {
        if (_subscribedAtUs == 0 || (_next.Count == 0 && command.Start is not StartKind.New))
            return command;
        _hasResumed = true;
        return command with
        {
            Start = StartKind.Resume,
            StartOffset = 0,
            BacklogCount = null,
            Resume = command.Start == StartKind.Resume ? command.Resume.SetItems(_next) : _next.ToImmutableDictionary(),
            StartAtUs = command.Start switch
            {
                StartKind.Time or StartKind.Resume => command.StartAtUs,
                StartKind.Offset when command.StartOffset >= 0 => 0,
                _ => _subscribedAtUs,
            },
        };
    }
}
