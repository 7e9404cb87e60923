using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>The member <c>function</c> of an <c>rpc-register</c>.</summary>
internal static class OfferReader
{
    public static FunctionOffer Read(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            fault.Set("Field 'function' is required.");
        ReadOnlySpan<byte> function = default, locs = default, priority = default, concurrency = default, description = default;
        ReadOnlySpan<byte> parameters = default, version = default;
        var members = new JsonMembers(JsonField.Object(json, "function", ref fault));
        while (members.Next())
        {
            if (members.Is("fun"u8))
                function = members.Value;
            else if (members.Is("locs"u8))
                locs = members.Value;
            else if (members.Is("priority"u8))
                priority = members.Value;
            else if (members.Is("concurrency"u8))
                concurrency = members.Value;
            else if (members.Is("description"u8))
                description = members.Value;
            else if (members.Is("parameters"u8))
                parameters = members.Value;
            else if (members.Is("version"u8))
                version = members.Value;
        }

        return new FunctionOffer(JsonField.RequiredText(function, "function.fun", ref fault))
        {
            Locs = JsonField.Texts(locs, "function.locs", ref fault),
            Priority = (int)Math.Clamp(JsonField.Integer(priority, "function.priority", ref fault) ?? 0, int.MinValue, int.MaxValue),
            ConcurrencyMax = JsonField.Count(concurrency, "function.concurrency", 1, ref fault),
            Description = JsonField.Text(description, "function.description", ref fault) ?? "",
            Parameters = JsonField.Texts(parameters, "function.parameters", ref fault),
            Version = JsonField.Text(version, "function.version", ref fault) ?? "1.0.0",
        };
    }
}
