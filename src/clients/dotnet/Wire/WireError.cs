namespace Grains.Client.Wire;

/// <summary>An error as answers carry it: <c>{"code":n,"message":…,"details":…}</c>, a bare text beside a <c>code</c>, or null.</summary>
internal readonly record struct WireError(ErrorCode Code, string? Message, string? Details)
{
    public static WireError Read(ReadOnlyMemory<byte> raw)
    {
        if (raw.IsEmpty || raw.Span.SequenceEqual("null"u8))
            return default;
        if (raw.Span[0] != (byte)'{')
            return new WireError(ErrorCode.Internal, JsonScalar.Text(raw), null);
        var reader = new JsonObjectReader(raw);
        var error = new WireError(ErrorCode.Internal, null, null);
        while (reader.Next())
        {
            if (reader.Is("code"u8))
                error = error with { Code = (ErrorCode)(reader.Int64() ?? (long)ErrorCode.Internal) };
            else if (reader.Is("message"u8))
                error = error with { Message = reader.Text() };
            else if (reader.Is("details"u8) && !reader.IsNull)
                error = error with { Details = reader.Text() ?? System.Text.Encoding.UTF8.GetString(reader.Raw.Span) };
        }

        return error;
    }

    public GrainsException ToException() => new(Code, Message ?? Code.ToString(), Details);
}
