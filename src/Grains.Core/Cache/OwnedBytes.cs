using System.Runtime.InteropServices;

namespace Grains.Cache;

/// <summary>What an entry keeps has an array of its own, so that a small value does not hold the large message that it came in.</summary>
internal static class OwnedBytes
{
    public static byte[] Of(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Array!.Length == segment.Count
            ? segment.Array
            : bytes.ToArray();

    public static Value Of(Value value) => new(value.Kind, Of(value.Bytes));
}
