using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Orleans;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Grains.Orleans.Wire;

/// <summary>
/// A value in one field: its length, a byte for its kind, its bytes. Nearly every message has one, so it goes without a surrogate's frame.
/// What is read has an array of its own, of exactly its length: a kept value holds no network buffer.
/// Within a silo a value is shared, as it is immutable.
/// </summary>
[RegisterSerializer, RegisterCopier]
internal sealed class ValueCodec : ShallowCopier<Value>, IFieldCodec<Value>
{
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, [AllowNull] Type expectedType, Value value)
        where TBufferWriter : IBufferWriter<byte>
    {
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(Value), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)value.Bytes.Length + 1);
        writer.WriteByte((byte)value.Kind);
        writer.Write(value.Bytes.Span);
    }

    public Value ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        var length = reader.ReadVarUInt32();
        var kind = (ValueKind)reader.ReadByte();
        return new Value(kind, reader.ReadBytes(checked(length - 1)));
    }
}
