using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>
/// <c>cache-response</c> messages. Pure; what has nothing to say is absent, never null. Grammar:
/// <code>
/// {"role":"cache-response","u":U,"timestamp":T,"version":"2.0","status":S,"operation_id":O, what the operation answers,
///  ["cache_level":"L1","entry":E],["revision":R],["omitted":[…]],["error_message":M,"error_code":N],"performance":P}
/// </code>
/// </summary>
internal static class CacheAnswer
{
    /// <summary>Room that an answer takes beside its values.</summary>
    public const int OverheadBytes = 1_024;

    /// <summary>Bytes that an answer will take, as far as they are known: so that large values grow the output once.</summary>
    public static int SizeHint(in CacheRequest request, in CacheReply reply)
    {
        return (int)Math.Min(OverheadBytes + ValueBytes(request, reply, AnswerParts.None), Array.MaxLength / 2);
    }

    /// <summary>Bytes that an answer's values take at least.</summary>
    public static long ValueBytes(in CacheRequest request, in CacheReply reply, AnswerParts omitted)
    {
        var bytes = (long)reply.Result.Bytes.Length;
        if (ShowsOld(request, reply) && (omitted & AnswerParts.OldValue) == 0)
            bytes += reply.OldValue.Bytes.Length;
        if (ShowsNew(request, reply) && (omitted & AnswerParts.NewValue) == 0)
            bytes += reply.Value.Bytes.Length;
        if (ShowsEntry(request, reply) && (omitted & (AnswerParts.EntryValue | AnswerParts.Entry)) == 0)
            bytes += reply.Value.Bytes.Length;
        return bytes;
    }

    /// <summary>What to leave out besides <paramref name="omitted"/> so that an answer becomes shorter; the same when nothing can be. A
    /// get or a structure operation without its value would say nothing.</summary>
    public static AnswerParts Shorten(in CacheRequest request, in CacheReply reply, AnswerParts omitted)
    {
        if (ShowsOld(request, reply) && (omitted & AnswerParts.OldValue) == 0)
            return omitted | AnswerParts.OldValue;
        if (ShowsNew(request, reply) && (omitted & AnswerParts.NewValue) == 0)
            return omitted | AnswerParts.NewValue;
        if (request.Verb == CacheVerb.Get || !ShowsEntry(request, reply))
            return omitted;
        return omitted | ((omitted & AnswerParts.EntryValue) == 0 ? AnswerParts.EntryValue : AnswerParts.Entry);
    }

    public static void Write(
        MessageWriter writer, ReadOnlySpan<byte> id, in CacheRequest request, in CacheReply reply, in AnswerStamp stamp,
        string? notificationError = null, AnswerParts omitted = AnswerParts.None)
    {
        Begin(writer, id, StatusOf(reply), stamp);
        WriteOutcome(writer, request, reply, omitted);
        if (ShowsEntry(request, reply) && (omitted & AnswerParts.Entry) == 0)
            CacheEntryJson.Write(writer, request.Key!, reply, request.Options.IncludeMetadata, (omitted & AnswerParts.EntryValue) == 0);
        if (reply.Revision > 0)
        {
            writer.Raw(",\"revision\":"u8);
            writer.Number(reply.Revision);
        }

        if (omitted != AnswerParts.None)
            WriteOmitted(writer, omitted);
        if (reply.Outcome is CacheOutcome.Error or CacheOutcome.Conflict)
        {
            var isConflict = reply.Outcome == CacheOutcome.Conflict && reply.Error == ErrorCode.None;
            WriteError(writer, isConflict ? ErrorCode.ConditionFailed : reply.Error, reply.Message);
        }

        if (notificationError is not null)
        {
            writer.Raw(",\"notification_error\":"u8);
            writer.String(notificationError);
        }

        End(writer, stamp);
    }

    public static void Write(MessageWriter writer, ReadOnlySpan<byte> id, in CacheRequest request, NamespaceReply reply, in AnswerStamp stamp)
    {
        var status = reply.Error switch { ErrorCode.None => "hit"u8, ErrorCode.Timeout => "timeout"u8, _ => "error"u8 };
        Begin(writer, id, status, stamp);
        if (reply.Error == ErrorCode.None)
        {
            NamespaceAnswer.WriteOutcome(writer, request, reply);
        }
        else
        {
            WriteError(writer, reply.Error, reply.Message);
            NamespaceAnswer.WriteDone(writer, request, reply);
        }

        End(writer, stamp);
    }

    public static void WriteError(MessageWriter writer, ReadOnlySpan<byte> id, ErrorCode code, string? message, in AnswerStamp stamp)
    {
        Begin(writer, id, "error"u8, stamp);
        WriteError(writer, code, message);
        End(writer, stamp);
    }

    public static void WriteTimeout(MessageWriter writer, ReadOnlySpan<byte> id, in AnswerStamp stamp)
    {
        Begin(writer, id, "timeout"u8, stamp);
        WriteError(writer, ErrorCode.Timeout, "The operation did not end in time; its outcome is unknown.");
        End(writer, stamp);
    }

    private static bool ShowsOld(in CacheRequest request, in CacheReply reply) => !reply.OldValue.IsNone
        && (request.Verb == CacheVerb.Atomic || (request.Verb == CacheVerb.Put && reply.Outcome == CacheOutcome.Conflict));

    private static bool ShowsNew(in CacheRequest request, in CacheReply reply) =>
        request.Verb == CacheVerb.Atomic && reply.Outcome == CacheOutcome.Hit && !reply.Value.IsNone;

    private static bool ShowsEntry(in CacheRequest request, in CacheReply reply) =>
        request.Verb != CacheVerb.Structure && reply.Outcome == CacheOutcome.Hit && !reply.Value.IsNone;

    private static ReadOnlySpan<byte> StatusOf(in CacheReply reply) => reply.Outcome switch
    {
        CacheOutcome.Hit => "hit"u8,
        CacheOutcome.Miss => "miss"u8,
        CacheOutcome.Conflict => "conflict"u8,
        _ => "error"u8,
    };

    private static void Begin(MessageWriter writer, ReadOnlySpan<byte> id, ReadOnlySpan<byte> status, in AnswerStamp stamp)
    {
        writer.Raw("{\"role\":\"cache-response\","u8);
        RequestId.Write(writer, id);
        writer.Raw(",\"timestamp\":"u8);
        writer.Seconds(stamp.NowUs);
        writer.Raw(",\"version\":\"2.0\",\"status\":\""u8);
        writer.Raw(status);
        writer.Raw("\",\"operation_id\":\""u8);
        writer.Raw(stamp.Connection);
        writer.Byte((byte)'-');
        writer.Number(stamp.Number);
        writer.Byte((byte)'"');
    }

    private static void WriteOutcome(MessageWriter writer, in CacheRequest request, in CacheReply reply, AnswerParts omitted)
    {
        switch (request.Verb)
        {
            case CacheVerb.Delete when reply.Outcome is CacheOutcome.Hit or CacheOutcome.Miss:
                writer.Raw(",\"deleted\":"u8);
                writer.Bool(reply.Outcome == CacheOutcome.Hit);
                break;
            case CacheVerb.Exists when reply.Outcome is CacheOutcome.Hit or CacheOutcome.Miss:
                writer.Raw(",\"exists\":"u8);
                writer.Bool(reply.Outcome == CacheOutcome.Hit);
                break;
            case CacheVerb.Put when reply.Outcome == CacheOutcome.Conflict:
                writer.Raw(",\"success\":false"u8);
                WriteOld(writer, request, reply, omitted);
                break;
            case CacheVerb.Atomic:
                WriteAtomic(writer, request, reply, omitted);
                break;
            case CacheVerb.Structure:
                WriteStructure(writer, request, reply);
                break;
        }
    }

    private static void WriteAtomic(MessageWriter writer, in CacheRequest request, in CacheReply reply, AnswerParts omitted)
    {
        writer.Raw(",\"success\":"u8);
        writer.Bool(reply.Outcome == CacheOutcome.Hit);
        WriteOld(writer, request, reply, omitted);
        if (!ShowsNew(request, reply) || (omitted & AnswerParts.NewValue) != 0)
            return;
        writer.Raw(",\"new_value\":"u8);
        writer.Value(reply.Value);
        writer.KindBeside("new_value"u8, reply.Value);
    }

    private static void WriteOld(MessageWriter writer, in CacheRequest request, in CacheReply reply, AnswerParts omitted)
    {
        if (!ShowsOld(request, reply) || (omitted & AnswerParts.OldValue) != 0)
            return;
        writer.Raw(",\"old_value\":"u8);
        writer.Value(reply.OldValue);
        writer.KindBeside("old_value"u8, reply.OldValue);
    }

    private static void WriteStructure(MessageWriter writer, in CacheRequest request, in CacheReply reply)
    {
        // "contains" that finds nothing is a miss, and has still done what it was asked.
        var asked = reply.Outcome == CacheOutcome.Miss && request.Command!.Operation.EndsWith(".contains", StringComparison.Ordinal);
        writer.Raw(",\"success\":"u8);
        writer.Bool(reply.Outcome == CacheOutcome.Hit || asked);
        // Without a size the operation was refused before it looked at the structure, and there is nothing else to tell.
        if (reply.Size is not { } size)
            return;
        writer.Raw(",\"value\":"u8);
        writer.Value(reply.Result);
        writer.KindBeside("value"u8, reply.Result);
        writer.Raw(",\"size\":"u8);
        writer.Number(size);
        writer.Raw(",\"exists\":"u8);
        writer.Bool(reply.Existed);
    }

    private static void WriteOmitted(MessageWriter writer, AnswerParts omitted)
    {
        writer.Raw(",\"omitted\":["u8);
        var start = writer.Length;
        Name(AnswerParts.OldValue, "\"old_value\""u8);
        Name(AnswerParts.NewValue, "\"new_value\""u8);
        Name(AnswerParts.EntryValue, "\"entry.value\""u8);
        Name(AnswerParts.Entry, "\"entry\""u8);
        writer.Byte((byte)']');

        void Name(AnswerParts part, ReadOnlySpan<byte> name)
        {
            if ((omitted & part) == 0)
                return;
            if (writer.Length > start)
                writer.Byte((byte)',');
            writer.Raw(name);
        }
    }

    private static void WriteError(MessageWriter writer, ErrorCode code, string? message)
    {
        writer.Raw(",\"error_message\":"u8);
        writer.String(TooLong.Cut(message) ?? code.ToString());
        writer.Raw(",\"error_code\":"u8);
        writer.Number((long)code);
    }

    private static void End(MessageWriter writer, in AnswerStamp stamp)
    {
        writer.Raw(",\"performance\":{\"lookup_time_ms\":"u8);
        var (whole, rest) = Math.DivRem(stamp.TookUs, 1_000);
        writer.Number(whole);
        writer.Byte((byte)'.');
        writer.Byte((byte)('0' + (rest / 100)));
        writer.Byte((byte)('0' + (rest / 10 % 10)));
        writer.Byte((byte)('0' + (rest % 10)));
        writer.Raw(",\"network_hops\":0,\"cache_efficiency\":1.0}}"u8);
    }
}
