using System.Collections.Immutable;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>The member <c>subscription</c> of a subscribe.</summary>
internal static class SubscribeReader
{
    private const double DefaultBacklogSeconds = 300;

    /// <param name="json">The object.</param>
    /// <param name="nowUs">The server's time, from which the backlog counts back.</param>
    /// <param name="fault">What is wrong with it.</param>
    public static SubscribeCommand Read(ReadOnlySpan<byte> json, long nowUs, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            fault.Set("Field 'subscription' is required.");
        var fields = SubscribeFields.Of(JsonField.Object(json, "subscription", ref fault));
        var command = new SubscribeCommand(
            JsonField.RequiredText(fields.Id, "subscription.subscription_id", ref fault), Patterns(fields.Patterns, ref fault))
        {
            Subscriber = JsonField.Text(fields.Subscriber, "subscription.subscriber", ref fault) ?? "",
            Rule = Rule(fields.SlowReader, ref fault),
            QueueMessagesMax = JsonField.Count(fields.Queue, "subscription.queue_messages_max", 1, ref fault),
            Presence = JsonField.Bool(fields.Presence, "subscription.presence", absent: false, ref fault),
            BacklogCount = JsonField.Count(fields.BacklogCount, "subscription.backlog_count", 0, ref fault),
        };
        return JsonText.IsAbsentOrNull(fields.Start)
            ? WithBacklog(command, fields, nowUs, ref fault)
            : StartReader.WithStart(command, fields.Start, nowUs, ref fault);
    }

    private static SubscribeCommand WithBacklog(SubscribeCommand command, in SubscribeFields fields, long nowUs, ref FieldFault fault)
    {
        var wanted = JsonField.Bool(fields.GetBacklog, "subscription.get_backlog", absent: true, ref fault);
        var seconds = JsonField.Number(fields.BacklogSeconds, "subscription.backlog_seconds", ref fault) ?? DefaultBacklogSeconds;
        if (!wanted || seconds <= 0 || command.BacklogCount == 0)
            return command with { Start = StartKind.New };
        return command with { Start = StartKind.Time, StartAtUs = Math.Max(0, nowUs - (long)Math.Min(seconds * 1e6, nowUs)) };
    }

    private static ImmutableArray<TopicPattern> Patterns(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Array(json, "subscription.patterns", ref fault);
        var patterns = ImmutableArray.CreateBuilder<TopicPattern>();
        var items = new JsonItems(json);
        while (items.Next())
            patterns.Add(Pattern(items.Value, ref fault));
        if (patterns.Count == 0)
            fault.Set("Field 'subscription.patterns' must name at least one pattern.");
        return patterns.DrainToImmutable();
    }

    /// <summary>An object, or, because it is the obvious short form, a string.</summary>
    private static TopicPattern Pattern(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonText.IsString(json))
            return new TopicPattern(JsonText.Decode(json));
        if (!JsonText.IsObject(json))
            fault.Set("Field 'subscription.patterns' must be an array of objects.");
        ReadOnlySpan<byte> pattern = default, exact = default, fold = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("pattern"u8))
                pattern = members.Value;
            else if (members.Is("exact_match"u8))
                exact = members.Value;
            else if (members.Is("fold_case"u8))
                fold = members.Value;
        }

        return new TopicPattern(
            JsonField.RequiredText(pattern, "subscription.patterns[].pattern", ref fault),
            JsonField.Bool(exact, "subscription.patterns[].exact_match", absent: false, ref fault),
            JsonField.Bool(fold, "subscription.patterns[].fold_case", absent: false, ref fault));
    }

    private static SlowReaderRule? Rule(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        switch (JsonField.Text(json, "subscription.slow_reader", ref fault))
        {
            case null:
                return null;
            case "lag":
                return SlowReaderRule.Lag;
            case "drop_oldest":
                return SlowReaderRule.DropOldest;
            case "drop_newest":
                return SlowReaderRule.DropNewest;
            case "keep_latest":
                return SlowReaderRule.KeepLatest;
            case "close":
                return SlowReaderRule.Close;
            default:
                fault.Set("Field 'subscription.slow_reader' must be lag, drop_oldest, drop_newest, keep_latest or close.", ErrorCode.InvalidArgument);
                return null;
        }
    }

    /// <summary>Where each member's value lies.</summary>
    private ref struct SubscribeFields
    {
        public ReadOnlySpan<byte> Id, Patterns, Subscriber, GetBacklog, BacklogSeconds, BacklogCount, Start, SlowReader, Queue, Presence;

        public static SubscribeFields Of(ReadOnlySpan<byte> json)
        {
            var fields = default(SubscribeFields);
            var members = new JsonMembers(json);
            while (members.Next())
            {
                if (members.Is("subscription_id"u8))
                    fields.Id = members.Value;
                else if (members.Is("patterns"u8))
                    fields.Patterns = members.Value;
                else if (members.Is("subscriber"u8))
                    fields.Subscriber = members.Value;
                else if (members.Is("get_backlog"u8))
                    fields.GetBacklog = members.Value;
                else if (members.Is("backlog_seconds"u8))
                    fields.BacklogSeconds = members.Value;
                else if (members.Is("backlog_count"u8))
                    fields.BacklogCount = members.Value;
                else if (members.Is("start"u8))
                    fields.Start = members.Value;
                else if (members.Is("slow_reader"u8))
                    fields.SlowReader = members.Value;
                else if (members.Is("queue_messages_max"u8))
                    fields.Queue = members.Value;
                else if (members.Is("presence"u8))
                    fields.Presence = members.Value;
            }

            return fields;
        }
    }
}
