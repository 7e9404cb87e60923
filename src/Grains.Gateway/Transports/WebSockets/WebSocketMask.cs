using System.Numerics;
using System.Runtime.InteropServices;

namespace Grains.Gateway.Transports.WebSockets;

/// <summary>The mask of RFC 6455 section 5.3: octet i of the payload is xored with octet i mod 4 of the key.</summary>
internal static class WebSocketMask
{
    public static void Apply(Span<byte> payload, ReadOnlySpan<byte> key)
    {
        var mask = MemoryMarshal.Read<uint>(key);
        if (mask == 0)
            return;
        var index = 0;
        if (Vector.IsHardwareAccelerated && payload.Length >= Vector<byte>.Count)
        {
            var wide = Vector.AsVectorByte(new Vector<uint>(mask));
            for (; index <= payload.Length - Vector<byte>.Count; index += Vector<byte>.Count)
            {
                var part = payload.Slice(index, Vector<byte>.Count);
                (new Vector<byte>(part) ^ wide).CopyTo(part);
            }
        }

        // Vectors are multiples of four bytes long, so the key still starts at its first octet.
        for (; index < payload.Length; index++)
            payload[index] ^= key[index & 3];
    }
}
