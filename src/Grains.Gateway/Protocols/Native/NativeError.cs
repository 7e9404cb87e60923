using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native;

/// <summary><c>{"code":…,"message":…,"details":…}</c></summary>
internal static class NativeError
{
    public static void Write(MessageWriter writer, ErrorCode code, string? message, string? details = null)
    {
        writer.Raw("{\"code\":"u8);
        writer.Number((long)code);
        writer.Raw(",\"message\":"u8);
        writer.String(message ?? code.ToString());
        writer.Raw(",\"details\":"u8);
        writer.String(details);
        writer.Byte((byte)'}');
    }

    /// <summary>The answer to a call, and to a message whose role says nothing of how to answer it.</summary>
    public static void WriteRpcResponse(MessageWriter writer, ReadOnlySpan<byte> id, ErrorCode code, string? message, string? details = null)
    {
        writer.Raw("{\"role\":\"rpc-response\",\"r\":null,\"error\":"u8);
        Write(writer, code, message, details);
        writer.Raw(",\"u\":\""u8);
        writer.Raw(id);
        writer.Raw("\",\"intermediate_results\":[],\"execution_summary\":null}"u8);
    }
}
