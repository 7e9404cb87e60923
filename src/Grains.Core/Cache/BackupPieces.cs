using System.Text;
using Grains.Json;

namespace Grains.Cache;

/// <summary>Cuts a piece of a backup into pieces of one entry each and puts pieces together, without reading the entries themselves.</summary>
internal static class BackupPieces
{
    private const string End = "]}";

    /// <summary>One piece of two, the entries of the second behind those of the first. Both are ours and of one namespace.</summary>
    public static Value Join(string @namespace, Value first, Value second)
    {
        if (IsEmpty(@namespace, second))
            return first;
        if (IsEmpty(@namespace, first))
            return second;
        using var json = new Utf8Buffer();
        json.Append(first.Bytes.Span[..^End.Length]);
        json.Append((byte)',');
        json.Append(second.Bytes.Span[HeadBytes(@namespace)..]);
        return Value.Json(json.ToArray());
    }

    /// <summary>There is nothing in a piece of ours.</summary>
    public static bool IsEmpty(string @namespace, Value piece) => piece.Bytes.Length == HeadBytes(@namespace) + End.Length;

    /// <summary>By how many bytes, at least, two pieces become shorter when they are put together.</summary>
    public static int JoiningBytes(string @namespace) => HeadBytes(@namespace) + End.Length - 1;

    /// <param name="piece">The piece; it comes from a client.</param>
    /// <param name="namespace">The namespace that was backed up.</param>
    /// <param name="entries">The entries' keys, each with a piece of its own.</param>
    /// <returns>What is wrong with the piece; null when nothing is.</returns>
    public static string? TrySplit(Value piece, out string @namespace, out List<(string Identifier, string Version, Value Piece)> entries)
    {
        entries = [];
        // Everything is checked first, so that a broken entry is found before any is restored.
        if (BackupReader.Read(piece, nowUs: 0, out @namespace, out var read) is { } broken)
            return broken;
        var members = new List<KeyValuePair<string, Value>>();
        var items = new List<Value>();
        JsonValue.TryReadObject(piece, members);
        JsonValue.TryReadArray(members.Last(member => member.Key == "entries").Value, items);
        var head = new StringBuilder("{");
        foreach (var (name, value) in members)
        {
            if (name != "entries")
                head.Append('"').Append(name).Append("\":").Append(value).Append(',');
        }

        var start = Encoding.UTF8.GetBytes(head.Append("\"entries\":[").ToString());
        for (var i = 0; i < items.Count; i++)
        {
            using var json = new Utf8Buffer();
            json.Append(start);
            json.Append(items[i].Bytes.Span);
            json.Append("]}"u8);
            entries.Add((read[i].Identifier, read[i].Version, Value.Json(json.ToArray())));
        }

        return null;
    }

    /// <summary>What stands before the first entry.</summary>
    private static int HeadBytes(string @namespace)
    {
        using var empty = new BackupWriter(@namespace, 0);
        return empty.Finish().Bytes.Length - End.Length;
    }
}
