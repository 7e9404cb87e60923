using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Hello;

/// <summary>The answers to <c>hello</c> and <c>auth</c>.</summary>
internal static class HelloJson
{
    public static void WriteHello(SessionContext context, NativeOptions options, ReadOnlySpan<byte> id)
    {
        using var frame = context.Output.Begin();
        var writer = frame.Writer;
        writer.Raw("{\"role\":\"hello\","u8);
        RequestId.Write(writer, id);
        writer.Raw(",\"server\":\"grains\",\"version\":"u8);
        writer.String(options.Version);
        writer.Raw(",\"engine\":"u8);
        writer.String(context.Engine.Name);
        writer.Raw(",\"connection_id\":"u8);
        writer.String(context.Id.Text);
        writer.Raw(",\"authenticated\":true,\"time\":"u8);
        writer.Seconds(context.Time.NowUs());
        writer.Raw(",\"limits\":{\"message_bytes_max\":"u8);
        writer.Number((long)context.Limits.MessageBytesMax);
        writer.Raw(",\"json_depth_max\":"u8);
        writer.Number((long)context.Limits.JsonDepthMax);
        writer.Raw(",\"subscriptions_max\":"u8);
        writer.Number((long)options.SubscriptionsMax);
        writer.Raw(",\"calls_in_flight_max\":"u8);
        writer.Number((long)context.Limits.CallsInFlightMax);
        writer.Raw("}}"u8);
        frame.Commit();
    }

    public static void WriteAuthenticated(SessionContext context, ReadOnlySpan<byte> id)
    {
        using var frame = context.Output.Begin();
        frame.Writer.Raw("{\"role\":\"auth-ack\","u8);
        RequestId.Write(frame.Writer, id);
        frame.Writer.Raw(",\"success\":true,\"error\":null}"u8);
        frame.Commit();
    }

    public static void WriteRefused(SessionContext context, ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        using var frame = context.Output.Begin();
        frame.Writer.Raw("{\"role\":\"auth-ack\","u8);
        RequestId.Write(frame.Writer, id);
        frame.Writer.Raw(",\"success\":false,\"error\":"u8);
        NativeError.Write(frame.Writer, code, message);
        frame.Writer.Byte((byte)'}');
        frame.Commit();
    }
}
