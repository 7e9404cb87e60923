using System.Text.Json;
using System.Text.Json.Nodes;
using Grains.Cache;
using Grains.Json;

namespace Grains.Orleans.Cache;

/// <summary>Makes one answer of what each silo says of a namespace.</summary>
internal static class NamespaceReplies
{
    /// <summary>Counts are added; an error of one is the error of all, with what was done told.</summary>
    public static NamespaceReply Summed(IReadOnlyList<NamespaceReply> replies)
    {
        var first = replies.FirstOrDefault(reply => reply.Error != ErrorCode.None) ?? replies[0];
        return first with { Count = replies.Sum(reply => reply.Count), AffectedCount = replies.Sum(reply => reply.AffectedCount) };
    }

    /// <summary>The keys in order, as many as one answer may have.</summary>
    public static NamespaceReply Listed(NamespaceCommand command, CacheOptions options, IReadOnlyList<NamespaceReply> replies)
    {
        var sum = Summed(replies);
        if (sum.Error != ErrorCode.None)
            return sum;
        var max = command.MaxEntries ?? options.DefaultPageEntries;
        long room = options.Namespaces.ListBytesMax;
        var keys = replies.SelectMany(reply => reply.Keys).Order(StringComparer.Ordinal).Take(max)
            .TakeWhile(key => (room -= JsonText.LengthOf(key) + 1) >= 0).ToList();
        return sum with { Keys = [.. keys], Truncated = keys.Count < sum.Count };
    }

    /// <summary>One piece of a scan or a backup, of what two silos gave of it.</summary>
    public static NamespaceReply Joined(NamespaceCommand command, NamespaceReply first, NamespaceReply second) => second with
    {
        Keys = [.. first.Keys, .. second.Keys],
        Count = first.Count + second.Count,
        Data = command.Operation == "backup" ? BackupPieces.Join(command.Namespace, first.Data, second.Data) : default,
    };

    /// <summary>Numbers are added, member by member; a rate is made anew of its hits and misses.</summary>
    /// <param name="replies">What each silo counts.</param>
    /// <param name="namespaces">How many namespaces there are on all silos; null where that is not told.</param>
    public static NamespaceReply Statistics(IReadOnlyList<NamespaceReply> replies, int? namespaces)
    {
        if (replies.FirstOrDefault(reply => reply.Error != ErrorCode.None) is { } error)
            return error;
        var sum = JsonNode.Parse(replies[0].Data.Bytes.Span)!.AsObject();
        foreach (var reply in replies.Skip(1))
            Add(sum, JsonNode.Parse(reply.Data.Bytes.Span)!.AsObject());
        if (namespaces is not null && sum["l1_statistics"] is JsonObject level)
            level["namespaces"] = namespaces;
        return replies[0] with { Data = Value.Json(JsonSerializer.SerializeToUtf8Bytes(sum)) };
    }

    private static void Add(JsonObject sum, JsonObject other)
    {
        foreach (var (name, value) in other)
        {
            if (value is JsonObject inner)
                Add(sum[name]!.AsObject(), inner);
            else if (value is System.Text.Json.Nodes.JsonValue number && number.TryGetValue(out long added) && name != "hit_rate")
                sum[name] = sum[name]!.GetValue<long>() + added;
            else if (value is System.Text.Json.Nodes.JsonValue flag && flag.TryGetValue(out bool on))
                sum[name] = on || sum[name]!.GetValue<bool>();
        }

        if (sum.ContainsKey("hit_rate"))
        {
            var (hits, misses) = (sum["hits"]!.GetValue<long>(), sum["misses"]!.GetValue<long>());
            sum["hit_rate"] = hits == 0 ? 0 : (double)hits / (hits + misses);
        }
    }
}
