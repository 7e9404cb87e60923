using System.Text;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>A provider's <c>rpc-result</c>: <c>result</c>, or <c>error</c> <c>{"code","message","details"}</c>.</summary>
internal static class ResultReader
{
    public static CallReply Read(in Envelope envelope, ref FieldFault fault)
    {
        var error = envelope[Member.Error];
        if (JsonText.IsAbsentOrNull(error))
            return CallReply.Ok(envelope[Member.Result].IsEmpty ? Value.Null : JsonField.Value(envelope[Member.Result]));
        if (JsonText.IsString(error))
            return CallReply.Fail(ErrorCode.ExecutionFailed, JsonText.Decode(error));
        ReadOnlySpan<byte> code = default, message = default, details = default;
        var members = new JsonMembers(JsonField.Object(error, "error", ref fault));
        while (members.Next())
        {
            if (members.Is("code"u8))
                code = members.Value;
            else if (members.Is("message"u8))
                message = members.Value;
            else if (members.Is("details"u8))
                details = members.Value;
        }

        return CallReply.Fail(
            CodeOf(JsonField.Integer(code, "error.code", ref fault)),
            JsonField.Text(message, "error.message", ref fault) ?? "RPC execution failed",
            Details(details));
    }

    /// <summary>Any number is the provider's to choose, but 0 would read as success.</summary>
    private static ErrorCode CodeOf(long? code) =>
        code is null or 0 or < int.MinValue or > int.MaxValue ? ErrorCode.ExecutionFailed : (ErrorCode)(int)code;

    private static string? Details(ReadOnlySpan<byte> json)
    {
        if (JsonText.IsAbsentOrNull(json))
            return null;
        return JsonText.IsString(json) ? JsonText.Decode(json) : Encoding.UTF8.GetString(json);
    }
}
