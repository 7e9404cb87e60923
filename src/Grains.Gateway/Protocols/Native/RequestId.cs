using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native;

/// <summary>The member <c>u</c> of requests: echoed as it was spelled, never unescaped.</summary>
internal static class RequestId
{
    /// <summary>A longer id is refused, because ids of requests that wait are kept.</summary>
    public const int BytesMax = 1_024;

    /// <summary>What an answer carries when its request had no usable id.</summary>
    public static ReadOnlySpan<byte> Unknown => "unknown"u8;

    /// <summary>The id to echo; sets the fault when the request has none.</summary>
    public static ReadOnlySpan<byte> Of(in Envelope envelope, ref FieldFault fault)
    {
        var json = envelope[Member.U];
        if (json.IsEmpty)
            fault.Set("Field 'u' is required.");
        else if (!JsonText.IsString(json))
            fault.Set("Field 'u' must be a string.");
        else if (json.Length - 2 > BytesMax)
            fault.Set("Field 'u' may have 1024 bytes.");
        else
            return JsonText.Inner(json);
        return Unknown;
    }

    /// <summary><c>"u":"…"</c> from the inside of the string.</summary>
    public static void Write(MessageWriter writer, ReadOnlySpan<byte> id)
    {
        writer.Raw("\"u\":\""u8);
        writer.Raw(id);
        writer.Byte((byte)'"');
    }
}
