namespace Grains.Gateway.Protocols;

/// <summary>A record as a protocol sends it to any number of subscribers: bytes in three parts with each subscriber's own id between them, and in the
/// first part the message, which other answers want alone.</summary>
/// <param name="Bytes">The parts, one after the other.</param>
/// <param name="Message">Where the message lies.</param>
/// <param name="FirstEnd">Where the first part ends.</param>
/// <param name="SecondEnd">Where the second part ends.</param>
internal sealed record EncodedRecord(byte[] Bytes, Range Message, int FirstEnd, int SecondEnd)
{
    public ReadOnlySpan<byte> First => Bytes.AsSpan(0, FirstEnd);

    public ReadOnlySpan<byte> Second => Bytes.AsSpan(FirstEnd, SecondEnd - FirstEnd);

    public ReadOnlySpan<byte> Third => Bytes.AsSpan(SecondEnd);
}
