using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;

namespace Grains.Tests.ByteCarrying;

internal sealed class PrimitiveCodec<T>(Action<BinaryWriter, T> write, Func<BinaryReader, T> read) : ByteCodec
{
    public override void Write(BinaryWriter writer, object? value) => write(writer, (T)value!);

    public override object? Read(BinaryReader reader) => read(reader);
}

internal sealed class EnumCodec(Type type) : ByteCodec
{
    public override void Write(BinaryWriter writer, object? value) =>
        writer.Write(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));

    public override object? Read(BinaryReader reader) => Enum.ToObject(type, reader.ReadInt64());
}

/// <summary>-1 for null, else the length in bytes and the UTF-8.</summary>
internal sealed class StringCodec : ByteCodec
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public override void Write(BinaryWriter writer, object? value)
    {
        if (value is not string text)
        {
            writer.Write(-1);
            return;
        }

        var bytes = Strict.GetBytes(text);
        writer.Write(bytes.Length);
        writer.Write(bytes);
    }

    public override object? Read(BinaryReader reader)
    {
        var length = reader.ReadInt32();
        return length < 0 ? null : Strict.GetString(reader.ReadBytes(length));
    }
}

internal sealed class NullableCodec<T> : ByteCodec
    where T : struct
{
    private readonly ByteCodec _item = Bytes.CodecOf(typeof(T));

    public override void Write(BinaryWriter writer, object? value)
    {
        writer.Write(value is not null);
        if (value is not null)
            _item.Write(writer, value);
    }

    public override object? Read(BinaryReader reader) => reader.ReadBoolean() ? _item.Read(reader) : null;
}

/// <summary>-1 for the default array, which is not the empty one.</summary>
internal sealed class ImmutableArrayCodec<T> : ByteCodec
{
    private readonly ByteCodec _item = Bytes.CodecOf(typeof(T));

    public override void Write(BinaryWriter writer, object? value)
    {
        var array = (ImmutableArray<T>)value!;
        writer.Write(array.IsDefault ? -1 : array.Length);
        if (array.IsDefault)
            return;
        foreach (var item in array)
            _item.Write(writer, item);
    }

    public override object? Read(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0)
            return default(ImmutableArray<T>);
        var items = ImmutableArray.CreateBuilder<T>(count);
        for (var i = 0; i < count; i++)
            items.Add((T)_item.Read(reader)!);
        return items.MoveToImmutable();
    }
}

internal sealed class MemoryCodec<T> : ByteCodec
{
    private readonly ByteCodec _item = Bytes.CodecOf(typeof(T));

    public override void Write(BinaryWriter writer, object? value)
    {
        var memory = (ReadOnlyMemory<T>)value!;
        writer.Write(memory.Length);
        if (memory is ReadOnlyMemory<byte> bytes)
        {
            writer.Write(bytes.Span);
            return;
        }

        foreach (var item in memory.Span)
            _item.Write(writer, item);
    }

    public override object? Read(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (typeof(T) == typeof(byte))
            return new ReadOnlyMemory<byte>(reader.ReadBytes(count));
        var items = new T[count];
        for (var i = 0; i < count; i++)
            items[i] = (T)_item.Read(reader)!;
        return new ReadOnlyMemory<T>(items);
    }
}

internal sealed class DictionaryCodec<TKey, TValue> : ByteCodec
    where TKey : notnull
{
    private readonly ByteCodec _key = Bytes.CodecOf(typeof(TKey));
    private readonly ByteCodec _value = Bytes.CodecOf(typeof(TValue));

    public override void Write(BinaryWriter writer, object? value)
    {
        var dictionary = (ImmutableDictionary<TKey, TValue>?)value;
        writer.Write(dictionary?.Count ?? -1);
        foreach (var (key, item) in dictionary ?? ImmutableDictionary<TKey, TValue>.Empty)
        {
            _key.Write(writer, key);
            _value.Write(writer, item);
        }
    }

    public override object? Read(BinaryReader reader)
    {
        var count = reader.ReadInt32();
        if (count < 0)
            return null;
        var items = ImmutableDictionary.CreateBuilder<TKey, TValue>();
        for (var i = 0; i < count; i++)
            items.Add((TKey)_key.Read(reader)!, (TValue)_value.Read(reader)!);
        return items.ToImmutable();
    }
}

/// <summary>A record, class or struct of the project: its constructor's parameters and its settable members, in that order.</summary>
internal sealed class CompositeCodec(Type type) : ByteCodec
{
    private readonly MemberPlan _plan = MemberPlan.Of(type);

    public override void Write(BinaryWriter writer, object? value)
    {
        if (!type.IsValueType)
        {
            writer.Write(value is not null);
            if (value is null)
                return;
            if (value.GetType() != type)
                throw new NotSupportedException($"{value.GetType()} stands where a {type} was announced.");
        }

        foreach (var member in _plan.Members)
            Bytes.CodecOf(member.PropertyType).Write(writer, member.GetValue(value));
    }

    public override object? Read(BinaryReader reader)
    {
        if (!type.IsValueType && !reader.ReadBoolean())
            return null;
        var values = new object?[_plan.Members.Length];
        for (var i = 0; i < values.Length; i++)
            values[i] = Bytes.CodecOf(_plan.Members[i].PropertyType).Read(reader);
        return _plan.Make(values);
    }
}
