using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>The messages <c>topic-create</c>, <c>-describe</c>, <c>-list</c>, <c>-trim</c>, <c>-delete</c>, <c>-presence</c> and
/// <c>-consume</c>.</summary>
internal static class TopicCommandReader
{
    public static TopicCommand Read(string operation, in Envelope envelope, ref FieldFault fault)
    {
        var topic = operation == "list" ? "" : JsonField.RequiredText(envelope[Member.Topic], "topic", ref fault);
        var before = JsonField.Integer(envelope[Member.Before], "before", ref fault);
        if (operation == "trim" && before is null)
            fault.Set("Field 'before' is required.");
        return new TopicCommand(operation, topic)
        {
            Retention = Retention(envelope[Member.Retention], ref fault),
            Update = JsonField.Bool(envelope[Member.Update], "update", absent: false, ref fault),
            Before = before,
            Pattern = JsonField.Text(envelope[Member.Pattern], "pattern", ref fault) ?? "#",
            Limit = JsonField.Count(envelope[Member.Limit], "limit", 1, ref fault),
            Cursor = JsonField.Text(envelope[Member.Cursor], "cursor", ref fault),
            OpId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault),
        };
    }

    public static ReadCommand ReadConsume(in Envelope envelope, int bytesMax, ref FieldFault fault) => new(
        JsonField.RequiredText(envelope[Member.Topic], "topic", ref fault),
        JsonField.Integer(envelope[Member.Epoch], "epoch", ref fault) ?? 0,
        JsonField.Integer(envelope[Member.Offset], "offset", ref fault) ?? 0,
        JsonField.Count(envelope[Member.Limit], "limit", 1, ref fault) ?? 100,
        Math.Min(JsonField.Count(envelope[Member.BytesMax], "bytes_max", 1, ref fault) ?? 1024 * 1024, bytesMax));

    private static TopicRetention? Retention(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Object(json, "retention", ref fault);
        if (json.IsEmpty)
            return null;
        ReadOnlySpan<byte> messages = default, bytes = default, age = default, refuse = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("messages_max"u8))
                messages = members.Value;
            else if (members.Is("bytes_max"u8))
                bytes = members.Value;
            else if (members.Is("age_seconds_max"u8))
                age = members.Value;
            else if (members.Is("refuse_when_full"u8))
                refuse = members.Value;
        }

        var standard = TopicRetention.Default;
        return new TopicRetention
        {
            MessagesMax = JsonField.Integer(messages, "retention.messages_max", ref fault) ?? standard.MessagesMax,
            BytesMax = JsonField.Integer(bytes, "retention.bytes_max", ref fault) ?? standard.BytesMax,
            AgeMax = JsonField.Seconds(age, "retention.age_seconds_max", ref fault) ?? standard.AgeMax,
            RefuseWhenFull = JsonField.Bool(refuse, "retention.refuse_when_full", absent: false, ref fault),
        };
    }
}
