namespace Grains.Client.Wire;

/// <summary>What a server says of itself.</summary>
internal sealed record ServerHello(string ConnectionId, string Engine, string Version, int MessageBytesMax, int CallsInFlightMax);

/// <summary>Writes and reads the greeting.
/// <code>-> {"role":"hello","u":…,"client":…,["token":…]["api_key":…]}
/// &lt;- {"role":"hello","u":…,"server":…,"version":…,"engine":…,"connection_id":…,
///     "limits":{"message_bytes_max":n,"calls_in_flight_max":n,…}}
/// &lt;- {"role":"auth-ack","u":…,"success":false,"error":{…}}</code></summary>
internal static class HelloWire
{
    public static byte[] Write(long u, string client, string? token, string? apiKey)
    {
        var writer = MessageWriter.Begin("hello"u8, u);
        writer.WriteString("client"u8, client);
        writer.WriteText("token"u8, token);
        writer.WriteText("api_key"u8, apiKey);
        return MessageWriter.End(writer);
    }

    /// <exception cref="GrainsException">The server refused the greeting.</exception>
    public static ServerHello Read(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var hello = new ServerHello("", "", "", int.MaxValue, int.MaxValue);
        WireError error = default;
        var greeted = false;
        while (reader.Next())
        {
            if (reader.Is("role"u8))
                greeted = reader.Raw.Span.SequenceEqual("\"hello\""u8);
            else if (reader.Is("error"u8))
                error = WireError.Read(reader.Raw);
            else if (reader.Is("connection_id"u8))
                hello = hello with { ConnectionId = reader.Text() ?? "" };
            else if (reader.Is("engine"u8))
                hello = hello with { Engine = reader.Text() ?? "" };
            else if (reader.Is("version"u8))
                hello = hello with { Version = reader.Text() ?? "" };
            else if (reader.Is("limits"u8))
                hello = WithLimits(hello, reader.Raw);
        }

        return greeted && error.Code == ErrorCode.None ? hello
            : throw (error.Code == ErrorCode.None
                ? new GrainsException(ErrorCode.Malformed, "The server did not answer hello.")
                : error.ToException());
    }

    private static ServerHello WithLimits(ServerHello hello, ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        while (reader.Next())
        {
            if (reader.Is("message_bytes_max"u8))
                hello = hello with { MessageBytesMax = (int)(reader.Int64() ?? int.MaxValue) };
            else if (reader.Is("calls_in_flight_max"u8))
                hello = hello with { CallsInFlightMax = (int)(reader.Int64() ?? int.MaxValue) };
        }

        return hello;
    }
}
