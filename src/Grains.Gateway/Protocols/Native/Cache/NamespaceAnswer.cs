using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>What operations over a namespace answer, by operation.</summary>
internal static class NamespaceAnswer
{
    public static void WriteOutcome(MessageWriter writer, in CacheRequest request, NamespaceReply reply)
    {
        switch (request.Verb)
        {
            case CacheVerb.Invalidate:
                Count(writer, ",\"invalidated_count\":"u8, reply.AffectedCount);
                break;
            case CacheVerb.Query:
                writer.Raw(",\"cache_level\":\"L1\",\"entry\":{\"value\":"u8);
                CacheEntryJson.WriteTexts(writer, reply.Keys);
                writer.Byte((byte)'}');
                Truncated(writer, reply);
                break;
            case CacheVerb.Stats:
                writer.Raw(",\"cache_level\":\"L1\",\"entry\":{\"value\":"u8);
                writer.Value(reply.Data);
                writer.Byte((byte)'}');
                break;
            default:
                writer.Raw(",\"success\":true"u8);
                WriteNamespace(writer, request.Over!.Operation, reply);
                break;
        }
    }

    /// <summary>What an operation that was refused, or ran out of time, has done all the same.</summary>
    public static void WriteDone(MessageWriter writer, in CacheRequest request, NamespaceReply reply)
    {
        var name = request.Over!.Operation switch
        {
            "clear" => ",\"cleared_count\":"u8,
            "invalidate" => ",\"invalidated_count\":"u8,
            "restore" => ",\"restored_count\":"u8,
            _ => default,
        };
        if (!name.IsEmpty && (reply.Error == ErrorCode.Timeout || reply.AffectedCount > 0))
            Count(writer, name, reply.AffectedCount);
    }

    private static void WriteNamespace(MessageWriter writer, string operation, NamespaceReply reply)
    {
        switch (operation)
        {
            case "clear":
                Count(writer, ",\"cleared_count\":"u8, reply.AffectedCount);
                Count(writer, ",\"count\":"u8, reply.Count);
                break;
            case "list" or "scan":
                writer.Raw(",\"keys\":"u8);
                CacheEntryJson.WriteTexts(writer, reply.Keys);
                Count(writer, ",\"count\":"u8, reply.Count);
                Truncated(writer, reply);
                Cursor(writer, reply);
                break;
            case "count":
                Count(writer, ",\"count\":"u8, reply.Count);
                break;
            case "statistics":
                writer.Raw(",\"statistics\":"u8);
                writer.Value(reply.Data);
                break;
            case "backup":
                writer.Raw(",\"data\":"u8);
                writer.Value(reply.Data);
                Count(writer, ",\"count\":"u8, reply.Count);
                Cursor(writer, reply);
                break;
            case "restore":
                Count(writer, ",\"restored_count\":"u8, reply.AffectedCount);
                break;
        }
    }

    private static void Count(MessageWriter writer, ReadOnlySpan<byte> name, long count)
    {
        writer.Raw(name);
        writer.Number(count);
    }

    private static void Truncated(MessageWriter writer, NamespaceReply reply)
    {
        if (reply.Truncated)
            writer.Raw(",\"truncated\":true"u8);
    }

    private static void Cursor(MessageWriter writer, NamespaceReply reply)
    {
        if (reply.Cursor is null)
            return;
        writer.Raw(",\"cursor\":"u8);
        writer.String(reply.Cursor);
    }
}
