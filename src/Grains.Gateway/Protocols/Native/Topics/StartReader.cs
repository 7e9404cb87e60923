using System.Collections.Immutable;
using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>The member <c>start</c> of a subscription: <c>"new"</c>, <c>"last"</c>, <c>{"offset":n}</c>, <c>{"time":t}</c>,
/// <c>{"resume":{"topic":[epoch,offset]},"time":t}</c>, the last one also with <c>"from"</c>: how the first subscription started.</summary>
internal static class StartReader
{
    private const string Rule =
        "Field 'subscription.start' must be \"new\", \"last\", {\"offset\":n}, {\"time\":t} or {\"resume\":{…},\"time\":t}.";

    public static SubscribeCommand WithStart(SubscribeCommand command, ReadOnlySpan<byte> json, long nowUs, ref FieldFault fault)
    {
        if (json.SequenceEqual("\"new\""u8))
            return command with { Start = StartKind.New };
        if (json.SequenceEqual("\"last\""u8))
            return command with { Start = StartKind.Last };
        ReadOnlySpan<byte> offset = default, time = default, resume = default, from = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("offset"u8))
                offset = members.Value;
            else if (members.Is("time"u8))
                time = members.Value;
            else if (members.Is("resume"u8))
                resume = members.Value;
            else if (members.Is("from"u8))
                from = members.Value;
        }

        var startAtUs = JsonField.Instant(time, "subscription.start.time", ref fault);
        if (!JsonText.IsAbsentOrNull(resume))
            return WithResume(command, Positions(resume, ref fault), startAtUs ?? nowUs, from, nowUs, ref fault);
        if (JsonField.Integer(offset, "subscription.start.offset", ref fault) is { } startOffset)
            return command with { Start = StartKind.Offset, StartOffset = startOffset };
        if (startAtUs is { } at)
            return command with { Start = StartKind.Time, StartAtUs = at };
        fault.Set(Rule);
        return command;
    }

    /// <summary>Topics that are not named start where they would have started at the time of the first acknowledgement.</summary>
    private static SubscribeCommand WithResume(
        SubscribeCommand command, ImmutableDictionary<string, TopicPosition> positions, long asOfUs, ReadOnlySpan<byte> from, long nowUs,
        ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(from))
            return command with { Start = StartKind.Resume, Resume = positions, StartAtUs = asOfUs };
        var started = WithStart(command, from, nowUs, ref fault);
        if (started.Start == StartKind.Resume)
            fault.Set("Field 'subscription.start.from' must be a start that is no resumption.");
        return started with { Resume = positions, AsOfUs = asOfUs };
    }

    private static ImmutableDictionary<string, TopicPosition> Positions(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        var positions = ImmutableDictionary.CreateBuilder<string, TopicPosition>();
        var members = new JsonMembers(JsonField.Object(json, "subscription.start.resume", ref fault));
        while (members.Next())
        {
            var pair = new JsonItems(members.Value);
            if (!pair.Next() || !JsonText.TryInteger(pair.Value, out var epoch) || !pair.Next() || !JsonText.TryInteger(pair.Value, out var offset))
            {
                fault.Set("Field 'subscription.start.resume' must give each topic as [epoch, offset].");
                break;
            }

            positions[Encoding.UTF8.GetString(members.Name)] = new TopicPosition(epoch, offset);
        }

        return positions.ToImmutable();
    }
}
