using System.Buffers;

namespace Grains.Benchmarks.Wire;

/// <summary>The client's side of a framing. Static, so that the scanners' loops are compiled for each framing.</summary>
internal interface IFraming
{
    /// <summary>Whether an HTTP upgrade comes before the first frame.</summary>
    static abstract bool IsWebSocket { get; }

    /// <returns>False when the frame at the front is not whole.</returns>
    static abstract bool TryRead(ReadOnlySpan<byte> bytes, out FrameAt frame);

    /// <summary>Writes a message as the client sends it.</summary>
    static abstract void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message);

    /// <summary>Writes the answer to a ping.</summary>
    static abstract void WritePong(IBufferWriter<byte> output, ReadOnlySpan<byte> payload);
}
