using System.Runtime.CompilerServices;
using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>A <c>cache-request</c> message: bytes in, a request or a fault that names the field out. Pure. A get of a known key allocates
/// nothing.</summary>
internal static class CacheRequestReader
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static CacheRequest Read(in Envelope envelope, KeyTable keys, ref FieldFault fault)
    {
        var operation = envelope[Member.Operation];
        if (JsonText.IsAbsentOrNull(operation))
            fault.Set("Field 'operation' is required.");
        else if (!JsonText.IsString(operation))
            fault.Set("Field 'operation' must be a string.");
        if (fault.IsSet)
            return default;
        var options = CacheOptionsReader.Read(envelope[Member.Options], ref fault);
        return JsonText.Inner(operation) switch
        {
            var name when name.SequenceEqual("get"u8) => Plain(CacheVerb.Get, envelope, keys, options, CacheCommand.Get, ref fault),
            var name when name.SequenceEqual("put"u8) => Plain(CacheVerb.Put, envelope, keys, options, Put(envelope, ref fault), ref fault),
            var name when name.SequenceEqual("atomic"u8) =>
                Plain(CacheVerb.Atomic, envelope, keys, options, AtomicReader.Read(envelope, ref fault), ref fault),
            var name when name.SequenceEqual("structure"u8) =>
                Plain(CacheVerb.Structure, envelope, keys, options, StructureReader.Read(envelope, ref fault), ref fault),
            var name when name.SequenceEqual("exists"u8) => Plain(CacheVerb.Exists, envelope, keys, options, CacheCommand.Exists, ref fault),
            var name when name.SequenceEqual("delete"u8) => Plain(CacheVerb.Delete, envelope, keys, options, Delete(envelope, ref fault), ref fault),
            var name when name.SequenceEqual("touch"u8) => Plain(CacheVerb.Touch, envelope, keys, options, Touch(envelope, ref fault), ref fault),
            var name when name.SequenceEqual("namespace"u8) =>
                Many(CacheVerb.Namespace, envelope, options, NamespaceReader.Read(envelope, options, ref fault), ref fault),
            var name when name.SequenceEqual("invalidate"u8) =>
                Many(CacheVerb.Invalidate, envelope, options, Matching("invalidate", envelope, options, ref fault), ref fault),
            var name when name.SequenceEqual("query"u8) =>
                Many(CacheVerb.Query, envelope, options, Matching("query", envelope, options, ref fault), ref fault),
            var name when name.SequenceEqual("stats"u8) =>
                Many(CacheVerb.Stats, envelope, options, Matching("stats", envelope, options, ref fault), ref fault),
            var name => Unsupported(name, ref fault),
        };
    }

    /// <summary><c>{"if_not_exists":true}</c>, <c>{"if_exists":true}</c>, <c>{"if_revision":n}</c>, laid over a command.</summary>
    public static CacheCommand WithConditions(CacheCommand command, ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        json = JsonField.Object(json, "conditions", ref fault);
        if (json.IsEmpty)
            return command;
        ReadOnlySpan<byte> ifNotExists = default, ifExists = default, ifRevision = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("if_not_exists"u8))
                ifNotExists = members.Value;
            else if (members.Is("if_exists"u8))
                ifExists = members.Value;
            else if (members.Is("if_revision"u8))
                ifRevision = members.Value;
            else
                // A condition that is not understood and passed over would be a lock that does not hold.
                fault.Set("Field 'conditions' knows if_not_exists, if_exists and if_revision only.");
        }

        return command with
        {
            IfNotExists = JsonField.Bool(ifNotExists, "conditions.if_not_exists", absent: false, ref fault),
            IfExists = JsonField.Bool(ifExists, "conditions.if_exists", absent: false, ref fault),
            IfRevision = JsonField.Integer(ifRevision, "conditions.if_revision", ref fault) ?? command.IfRevision,
        };
    }

    private static CacheRequest Plain(
        CacheVerb verb, in Envelope envelope, KeyTable keys, in CacheRequestOptions options, CacheCommand? command, ref FieldFault fault) =>
        new() { Verb = verb, Key = CacheKeyReader.Read(envelope[Member.Key], keys, ref fault), Command = command, Options = options };

    private static CacheRequest Many(
        CacheVerb verb, in Envelope envelope, in CacheRequestOptions options, NamespaceCommand? over, ref FieldFault fault)
    {
        // One that is not kept and passed over would be a retry with a second effect.
        if (over?.Operation is "clear" or "invalidate" or "restore" or "configure" && !JsonText.IsAbsentOrNull(envelope[Member.OpId]))
            fault.Set("An op_id is for writes of one key or one topic.", ErrorCode.InvalidArgument);
        return new CacheRequest { Verb = verb, Over = over, Options = options };
    }

    private static CacheCommand Put(in Envelope envelope, ref FieldFault fault)
    {
        var json = envelope[Member.Value];
        var value = json.IsEmpty ? Value.Null : JsonField.Value(json, envelope[Member.ValueKind], "value", ref fault);
        var (metadata, ttl) = MetadataReader.Read(envelope[Member.Metadata], envelope[Member.Key], ref fault);
        var command = new CacheCommand("put")
        {
            Value = value,
            Metadata = metadata,
            Ttl = JsonField.Seconds(envelope[Member.TtlSeconds], "ttl_seconds", ref fault) ?? ttl,
            Sliding = JsonField.Bool(envelope[Member.Sliding], "sliding", absent: false, ref fault),
            KeepTtl = JsonField.Bool(envelope[Member.KeepTtl], "keep_ttl", absent: false, ref fault),
            OpId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault),
        };
        return WithConditions(command, envelope[Member.Conditions], ref fault);
    }

    private static CacheCommand Delete(in Envelope envelope, ref FieldFault fault)
    {
        var opId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault);
        var command = opId is null ? CacheCommand.Delete : CacheCommand.Delete with { OpId = opId };
        return WithConditions(command, envelope[Member.Conditions], ref fault);
    }

    private static CacheCommand Touch(in Envelope envelope, ref FieldFault fault) => new("touch")
    {
        Ttl = JsonField.Seconds(envelope[Member.TtlSeconds], "ttl_seconds", ref fault),
        OpId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault),
    };

    private static NamespaceCommand Matching(string operation, in Envelope envelope, in CacheRequestOptions options, ref FieldFault fault)
    {
        var pattern = JsonField.Text(envelope[Member.Pattern], "pattern", ref fault)
            ?? JsonField.Text(envelope[Member.InvalidationPattern], "invalidation_pattern", ref fault);
        if (pattern is null && operation == "invalidate")
            fault.Set("Field 'pattern' is required.");
        return new NamespaceCommand(operation, CacheKeyReader.ReadNamespace(envelope[Member.Key], ref fault))
        {
            Pattern = pattern ?? "*",
            CascadeDependencies = options.CascadeDependencies,
        };
    }

    private static CacheRequest Unsupported(ReadOnlySpan<byte> name, ref FieldFault fault)
    {
        // A fault of the options would hide the plainer one.
        fault = default;
        fault.Set($"Unsupported operation: {Encoding.UTF8.GetString(name)}", ErrorCode.UnsupportedOperation);
        return default;
    }
}
