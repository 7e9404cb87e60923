using System.Globalization;
using System.Text.Json;

namespace Grains.Tests.Faults;

/// <summary>
/// A subscription that keeps account of what it gets: of each topic every offset once and in order, delivered or named by a gap.
/// One reader at a time.
/// </summary>
/// <param name="id">The subscription id.</param>
/// <param name="pattern">Its pattern.</param>
/// <param name="topics">The topics that the pattern matches.</param>
/// <param name="start">The start as JSON, or null for a backlog.</param>
/// <param name="backlog">The backlog's members, when there is no start.</param>
/// <param name="firstOf">Where a topic begins, given the time of the acknowledgement.</param>
internal sealed class WatchedSubscription(string id, string pattern, IReadOnlyList<string> topics, string? start, string backlog, Func<string, double, long> firstOf)
{
    private readonly Dictionary<string, Place> _places = [];

    public string Id => id;

    public double SubscribedAt { get; private set; }

    /// <summary>Deliveries so far.</summary>
    public int Delivered { get; private set; }

    /// <summary>Offsets that gaps named.</summary>
    public long Missed { get; private set; }

    /// <summary>Deliveries since the last gap.</summary>
    public int DeliveredSinceGap { get; private set; }

    /// <summary>False for a subscription to what is new, which may drop when its reader is slow.</summary>
    public bool MayNotMiss => start != "\"new\"";

    /// <summary>The start that a resumption repeats for topics of which nothing has come.</summary>
    private string From => start ?? $"{{\"offset\":{(backlog.Contains("count", StringComparison.Ordinal) ? backlog[(backlog.LastIndexOf(':') + 1)..].Insert(0, "-") : "0")}}}";

    public async Task SubscribeAsync(WireSession session, int? queueMessagesMax = null, string? rule = null)
    {
        var queue = queueMessagesMax is { } max ? $",\"queue_messages_max\":{max.ToString(CultureInfo.InvariantCulture)}" : "";
        var slow = rule is null ? "" : $",\"slow_reader\":\"{rule}\"";
        SubscribedAt = await SubscribeAsync(session, (start is null ? backlog : $"\"start\":{start}") + queue + slow);
    }

    /// <summary>Asks for what has not come.</summary>
    public async Task ResumeAsync(WireSession session)
    {
        var positions = string.Join(',', _places.Select(p => $"\"{p.Key}\":[{Text(p.Value.Epoch)},{Text(p.Value.Next)}]"));
        var from = start == "\"new\"" ? "" : $",\"from\":{From}";
        await SubscribeAsync(session, $"\"start\":{{\"resume\":{{{positions}}},\"time\":{SubscribedAt.ToString("R", CultureInfo.InvariantCulture)}{from}}}");
    }

    /// <summary>Takes a notification or a gap.</summary>
    public void Take(JsonElement message)
    {
        var isGap = message.GetProperty("role").GetString() == "gap";
        var topic = (isGap ? message : message.GetProperty("message")).GetProperty("topic").GetString()!;
        var offset = message.GetProperty(isGap ? "from" : "offset").GetInt64();
        var epoch = message.GetProperty("epoch").GetInt64();
        Assert.Contains(topic, topics);
        var place = _places.GetValueOrDefault(topic, new Place(epoch, offset, offset));
        Assert.True(place.Epoch == epoch && place.Next == offset, $"{this} got {message}");
        Count(message, isGap, offset);
        _places[topic] = place with { Next = isGap ? message.GetProperty("to").GetInt64() : offset + 1 };
    }

    /// <summary>True when all that was published has come to the end.</summary>
    public bool IsComplete(TopicLedger ledger) =>
        topics.All(t => (_places.TryGetValue(t, out var place) ? place.Next : firstOf(t, SubscribedAt)) == ledger.EndOf(t));

    /// <summary>Where a topic began elsewhere than its start says, in words; empty when none did. Asked when the ledger is complete.</summary>
    public IEnumerable<string> WrongBeginnings() =>
        from place in _places
        where place.Value.First != firstOf(place.Key, SubscribedAt)
        select $"{this} began {place.Key} at {place.Value.First} and not {firstOf(place.Key, SubscribedAt)}";

    public override string ToString() =>
        $"{id} {pattern} {start ?? backlog}: {Delivered} delivered, {Missed} missed, next {string.Join(' ', _places.Select(p => $"{p.Key}:{p.Value.Next}"))}";

    private void Count(JsonElement message, bool isGap, long offset)
    {
        if (!isGap)
        {
            Delivered++;
            DeliveredSinceGap++;
            return;
        }

        var missed = message.GetProperty("missed").GetInt64();
        Assert.True(missed > 0 && message.GetProperty("to").GetInt64() == offset + missed && message.GetProperty("next_offset").GetInt64() == offset + missed, $"{message}");
        Assert.True(!MayNotMiss, $"{this} missed something: {message}");
        Assert.Equal("slow_reader", message.GetProperty("reason").GetString());
        Missed += missed;
        DeliveredSinceGap = 0;
    }

    private async Task<double> SubscribeAsync(WireSession session, string how)
    {
        var ack = await session.RequestAsync($"\"role\":\"pubsub-subscribe\",\"subscription\":{{\"subscription_id\":\"{id}\",\"patterns\":[{{\"pattern\":\"{pattern}\"}}],{how}}}");
        Assert.True(ack.GetProperty("success").GetBoolean(), ack.ToString());
        return ack.GetProperty("subscribed_at").GetDouble();
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Place(long Epoch, long First, long Next);
}
