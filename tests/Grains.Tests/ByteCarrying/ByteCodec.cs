using System.Collections.Immutable;

namespace Grains.Tests.ByteCarrying;

/// <summary>Writes and reads one type. Made for exact types only: an object of a derived type is refused.</summary>
internal abstract class ByteCodec
{
    public abstract void Write(BinaryWriter writer, object? value);

    public abstract object? Read(BinaryReader reader);

    public static ByteCodec Make(Type type) => Primitive(type) ?? Container(type) ?? Composite(type);

    private static ByteCodec? Primitive(Type type)
    {
        if (type.IsEnum)
            return new EnumCodec(type);
        if (type == typeof(bool))
            return new PrimitiveCodec<bool>((w, v) => w.Write(v), r => r.ReadBoolean());
        if (type == typeof(byte))
            return new PrimitiveCodec<byte>((w, v) => w.Write(v), r => r.ReadByte());
        if (type == typeof(int))
            return new PrimitiveCodec<int>((w, v) => w.Write(v), r => r.ReadInt32());
        if (type == typeof(long))
            return new PrimitiveCodec<long>((w, v) => w.Write(v), r => r.ReadInt64());
        if (type == typeof(double))
            return new PrimitiveCodec<double>((w, v) => w.Write(v), r => r.ReadDouble());
        if (type == typeof(TimeSpan))
            return new PrimitiveCodec<TimeSpan>((w, v) => w.Write(v.Ticks), r => TimeSpan.FromTicks(r.ReadInt64()));
        return type == typeof(string) ? new StringCodec() : null;
    }

    private static ByteCodec? Container(Type type)
    {
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        Type? codec = definition == typeof(Nullable<>) ? typeof(NullableCodec<>)
            : definition == typeof(ImmutableArray<>) ? typeof(ImmutableArrayCodec<>)
            : definition == typeof(ReadOnlyMemory<>) ? typeof(MemoryCodec<>)
            : definition == typeof(ImmutableDictionary<,>) ? typeof(DictionaryCodec<,>)
            : null;
        return codec is null ? null : (ByteCodec)Activator.CreateInstance(codec.MakeGenericType(type.GetGenericArguments()))!;
    }

    private static CompositeCodec Composite(Type type)
    {
        var isPair = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>);
        var isOurs = type.Namespace is { } name && (name == "Grains" || name.StartsWith("Grains.", StringComparison.Ordinal));
        if (!isPair && !isOurs)
            throw new NotSupportedException($"{type} cannot cross between processes.");
        if (type.IsInterface || type.IsAbstract || typeof(Delegate).IsAssignableFrom(type) || (type.IsClass && !type.IsSealed))
            throw new NotSupportedException($"{type} cannot cross between processes: only sealed data types can.");
        return new CompositeCodec(type);
    }
}
