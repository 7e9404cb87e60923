using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The member <c>options</c>. What the client guide has beyond these is accepted and changes nothing.</summary>
internal static class CacheOptionsReader
{
    public static CacheRequestOptions Read(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Object(json, "options", ref fault);
        if (json.IsEmpty)
            return new CacheRequestOptions();
        ReadOnlySpan<byte> metadata = default, consistency = default, timeout = default, cascade = default, notify = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("consistency_level"u8))
                consistency = members.Value;
            else if (members.Is("timeout_ms"u8))
                timeout = members.Value;
            else if (members.Is("include_metadata"u8))
                metadata = members.Value;
            else if (members.Is("cascade_dependencies"u8))
                cascade = members.Value;
            else if (members.Is("notify_on_change"u8))
                notify = members.Value;
        }

        CheckConsistency(consistency, ref fault);
        return new CacheRequestOptions
        {
            IncludeMetadata = JsonField.Bool(metadata, "options.include_metadata", absent: true, ref fault),
            Timeout = Timeout(timeout, ref fault),
            CascadeDependencies = JsonField.Bool(cascade, "options.cascade_dependencies", absent: false, ref fault),
            Notice = JsonField.Bool(notify, "options.notify_on_change", absent: false, ref fault) ? ReadNotice(json, ref fault) : null,
        };
    }

    private static TimeSpan Timeout(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonField.Milliseconds(json, "options.timeout_ms", ref fault) is not { } timeout)
            return CacheRequest.DefaultTimeout;
        if (timeout <= TimeSpan.Zero)
            fault.Set("Field 'options.timeout_ms' must be over zero.", ErrorCode.InvalidArgument);
        return timeout < TimeoutMax ? timeout : TimeoutMax;
    }

    private static readonly TimeSpan TimeoutMax = TimeSpan.FromHours(1);

    private static void CheckConsistency(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json) || json.SequenceEqual("\"strong\""u8) || json.SequenceEqual("\"eventual\""u8)
            || json.SequenceEqual("\"weak\""u8))
            return;
        fault.Set("Field 'options.consistency_level' must be \"eventual\", \"strong\" or \"weak\".", ErrorCode.InvalidArgument);
    }

    private static ChangeNotice? ReadNotice(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        ReadOnlySpan<byte> topic = default, payload = default, condition = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("notification_topic"u8))
                topic = members.Value;
            else if (members.Is("notification_payload"u8))
                payload = members.Value;
            else if (members.Is("notification_condition"u8))
                condition = members.Value;
        }

        var name = JsonField.RequiredText(topic, "options.notification_topic", ref fault);
        var where = JsonField.Value(JsonField.Object(condition, "options.notification_condition", ref fault));
        if (fault.IsSet)
            return null;
        ReservedTopic.Check(name, ref fault);
        if (ChangeNotice.FaultOf(where) is { } wrong)
            fault.Set(wrong, ErrorCode.InvalidArgument);
        return new ChangeNotice(name, JsonText.IsNull(payload) ? default : JsonField.Value(payload), where);
    }
}
