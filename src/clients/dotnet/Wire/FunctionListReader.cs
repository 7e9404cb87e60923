using System.Collections.Immutable;

namespace Grains.Client.Wire;

/// <summary>Reads the result of <c>rpc_describe</c>.
/// <code>{"items":[{"identity":{"name":…,"version":…},"resources":[…],"summary":…,["parameters":[…],"priority":n,"concurrency":n,
/// "running":n,"connection_id":…]}],"next_page_token":…}</code></summary>
internal static class FunctionListReader
{
    public static ImmutableArray<FunctionInfo> Items(Value result, out string? nextPage)
    {
        nextPage = null;
        if (result.Kind != ValueKind.Json || result.Bytes.IsEmpty || result.Bytes.Span[0] != (byte)'{')
            return [];
        var reader = new JsonObjectReader(result.Bytes);
        ImmutableArray<FunctionInfo> items = [];
        while (reader.Next())
        {
            if (reader.Is("items"u8))
                items = [.. JsonScalar.Elements(reader.Raw).Select(Item)];
            else if (reader.Is("next_page_token"u8))
                nextPage = reader.Text();
        }

        return items;
    }

    private static FunctionInfo Item(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var offer = new FunctionOffer("");
        var connection = "";
        var running = 0;
        while (reader.Next())
        {
            if (reader.Is("identity"u8))
                offer = WithIdentity(offer, reader.Raw);
            else if (reader.Is("resources"u8))
                offer = offer with { Locs = Strings(reader.Raw) };
            else if (reader.Is("parameters"u8))
                offer = offer with { Parameters = Strings(reader.Raw) };
            else if (reader.Is("summary"u8))
                offer = offer with { Description = reader.Text() ?? "" };
            else if (reader.Is("priority"u8))
                offer = offer with { Priority = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("concurrency"u8))
                offer = offer with { ConcurrencyMax = (int?)reader.Int64() };
            else if (reader.Is("running"u8))
                running = (int)(reader.Int64() ?? 0);
            else if (reader.Is("connection_id"u8))
                connection = reader.Text() ?? "";
        }

        return new FunctionInfo(offer, connection, running);
    }

    private static FunctionOffer WithIdentity(FunctionOffer offer, ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var name = offer.Function;
        while (reader.Next())
        {
            if (reader.Is("name"u8))
                name = reader.Text() ?? "";
            else if (reader.Is("version"u8))
                offer = offer with { Version = reader.Text() ?? "" };
        }

        return offer with { Function = name };
    }

    private static ImmutableArray<string> Strings(ReadOnlyMemory<byte> raw) =>
        [.. JsonScalar.Elements(raw).Select(JsonScalar.Text).OfType<string>()];
}
