using System.Text;

namespace Grains.Gateway.Protocols;

/// <summary>
/// Interned texts of one front door (topic names, publishers' names): UTF-8 → the one string, so that a thousand kept messages share
/// their topic's name. Bounded and without a lock, as <see cref="KeyTable"/> is.
/// </summary>
internal sealed class TextTable(int slots = TextTable.DefaultSlots)
{
    public const int DefaultSlots = 16 * 1024;
    private const int TextBytesMax = 256;

    /// <summary>What this thread found last: who publishes a lot mostly publishes to one topic.</summary>
    [ThreadStatic]
    private static Entry? _last;

    private readonly Entry?[] _slots = new Entry?[slots];

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > TextBytesMax)
            return Encoding.UTF8.GetString(utf8);
        if (_last is { } last && utf8.SequenceEqual(last.Utf8))
            return last.Text;
        var hasher = new HashCode();
        hasher.AddBytes(utf8);
        var hash = hasher.ToHashCode();
        ref var slot = ref _slots[(int)((uint)hash % (uint)_slots.Length)];
        if (Volatile.Read(ref slot) is { } entry && entry.Hash == hash && utf8.SequenceEqual(entry.Utf8))
            return (_last = entry).Text;
        var text = Encoding.UTF8.GetString(utf8);
        Volatile.Write(ref slot, new Entry(hash, utf8.ToArray(), text));
        return text;
    }

    private sealed record Entry(int Hash, byte[] Utf8, string Text);
}
