namespace Grains.Tests.Contracts;

/// <summary>Deliveries as short words for assertions: a record is its payload, a gap <c>gap 3-7 Retention</c> (7 not included),
/// a new epoch <c>gap 3- NewEpoch</c>. Gaps that touch and have one reason are one: how they were cut is the engine's business.</summary>
public static class DeliveryText
{
    public static IReadOnlyList<string> Of(IEnumerable<Delivery> deliveries)
    {
        var texts = new List<string>();
        TopicGap? open = null;
        var topic = "";
        foreach (var delivery in deliveries)
        {
            var gap = delivery.Gap;
            if (open is not null && gap is not null && topic == delivery.Topic && gap.Reason == open.Reason && gap.Epoch == open.Epoch
                && gap.From == open.To)
            {
                open = open with { To = gap.To };
                texts[^1] = Of(open);
                continue;
            }

            (open, topic) = (gap, delivery.Topic);
            texts.Add(gap is null ? delivery.Record!.Message.Payload.ToString() : Of(gap));
        }

        return texts;
    }

    private static string Of(TopicGap gap) => gap.To < 0 ? $"gap {gap.From}- {gap.Reason}" : $"gap {gap.From}-{gap.To} {gap.Reason}";
}
