using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Grains;

/// <summary>
/// Asks for an object's memory before it is read. What a request needs lies in a chain (key, grain, value), and on a busy machine each link comes
/// from outside the processor's own caches: asked for early, it comes while other work is done. Changes nothing but the time; where the
/// processor's word for it is not to be had, it is nothing.
/// </summary>
internal static class Prefetch
{
    private const int LineBytes = 64;

    /// <param name="target">The object; null asks for nothing. It may be moved meanwhile: then other memory is asked for, which harms nobody.</param>
    /// <param name="lines">How many of its first pieces of 64 bytes.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Object(object? target, int lines)
    {
        if (!Sse.IsSupported || target is null)
            return;
        // The first field, whatever the type.
        var first = (byte*)Unsafe.AsPointer(ref Unsafe.As<StrongBox<byte>>(target).Value);
        for (var line = 0; line < lines; line++)
            Sse.Prefetch0(first + (line * LineBytes));
    }
}
