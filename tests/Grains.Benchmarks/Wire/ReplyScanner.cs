using System.Buffers;

namespace Grains.Benchmarks.Wire;

/// <summary>
/// Finds the whole replies at the front of what one connection has received and checks, as cheaply as its protocol allows, that each is the one that
/// was asked for. The only part of the driver that differs between protocols. What the protocol wants answered (a ping, a call) it puts into
/// <see cref="Outgoing"/>.
/// </summary>
internal abstract class ReplyScanner
{
    /// <summary>To be sent after the scan.</summary>
    public ArrayBufferWriter<byte> Outgoing { get; } = new();

    /// <returns>How many replies there were; control messages do not count.</returns>
    /// <exception cref="Load.LoadException">A reply is not the one that was asked for.</exception>
    public abstract int Scan(ReadOnlySpan<byte> bytes, out int consumed);
}
