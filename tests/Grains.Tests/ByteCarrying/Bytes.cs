using System.Collections.Concurrent;

namespace Grains.Tests.ByteCarrying;

/// <summary>
/// Carries a value through a fresh byte array: what comes out shares nothing with what went in. The format is this class's own
/// and no promise to anybody: a null or presence byte where a null may be, counts before contents, members in the order of
/// <see cref="MemberPlan"/>. A type that is not plain data is refused with <see cref="NotSupportedException"/>.
/// </summary>
public static class Bytes
{
    private static readonly ConcurrentDictionary<Type, ByteCodec> Codecs = new();

    public static T Carry<T>(T value) => Read<T>(Write(value));

    public static byte[] Write<T>(T value)
    {
        var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream))
            CodecOf(typeof(T)).Write(writer, value);
        return stream.ToArray();
    }

    /// <exception cref="InvalidDataException">Bytes are left over.</exception>
    public static T Read<T>(byte[] bytes)
    {
        ArgumentNullException.ThrowIfNull(bytes);
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false));
        var value = (T)CodecOf(typeof(T)).Read(reader)!;
        return reader.BaseStream.Position == bytes.Length
            ? value
            : throw new InvalidDataException($"{bytes.Length - reader.BaseStream.Position} bytes of a {typeof(T).Name} were not read.");
    }

    /// <exception cref="NotSupportedException">The type is not plain data.</exception>
    internal static ByteCodec CodecOf(Type type) => Codecs.GetOrAdd(type, static t => ByteCodec.Make(t));
}
