using System.Buffers;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>The client's side of a framing. Static, so that the scanners' loops are compiled for each framing.</summary>
internal interface IFraming
{
    /// <summary>What comes before the first frame: an upgrade, or nothing.</summary>
    static abstract void Greet(Link link, string path);

    /// <returns>False when the frame at the front is not whole.</returns>
    static abstract bool TryRead(ReadOnlySpan<byte> bytes, out FrameAt frame);

    /// <summary>Writes a message as the client sends it.</summary>
    static abstract void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message);

    /// <summary>Writes the answer to a ping.</summary>
    static abstract void WritePong(IBufferWriter<byte> output, ReadOnlySpan<byte> payload);
}
