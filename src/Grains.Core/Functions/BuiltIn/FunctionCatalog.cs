using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>Writes the answers of <c>rpc_list</c>, <c>rpc_describe</c>, <c>list_peers</c> and <c>cluster_map</c>.</summary>
internal sealed class FunctionCatalog(NodeInfo node, TimeProvider time)
{
    private const int ListBytesMax = 1024 * 1024;

    private static readonly string[] Capabilities = ["cache", "pubsub", "rpc"];

    /// <summary><c>{"generated_at","items":[…],"next_page_token"}</c>, in the order of names. A page ends once it has 1 MiB.</summary>
    public Value List(ImmutableArray<FunctionInfo> functions, FunctionQuery query, bool detailed)
    {
        var ordered = functions.Sort(static (a, b) => string.CompareOrdinal(TokenOf(a), TokenOf(b)));
        var first = query.PageToken is { } token
            ? ordered.Count(info => string.CompareOrdinal(TokenOf(info), token) <= 0)
            : 0;
        var end = Math.Min(ordered.Length, first + query.Count);
        return Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("generated_at"u8, Clock.ToSeconds(time.NowUs()));
            writer.WriteStartArray("items"u8);
            for (var i = first; i < end; i++)
            {
                WriteItem(writer, ordered[i], detailed);
                if (writer.BytesCommitted + writer.BytesPending >= ListBytesMax)
                    end = i + 1;
            }

            writer.WriteEndArray();
            writer.WriteString("next_page_token"u8, end < ordered.Length ? TokenOf(ordered[end - 1]) : null);
            writer.WriteEndObject();
        });
    }

    /// <summary>The nodes but for the first, which is this one: as in <see cref="Map"/>, each with its first URL as <c>url</c>.</summary>
    public Value Peers(ImmutableArray<NodeInfo> nodes) => Write(writer =>
    {
        writer.WriteStartArray();
        foreach (var peer in nodes.Skip(1))
        {
            writer.WriteStartObject();
            writer.WriteString("url"u8, peer.AdvertisedUrls.FirstOrDefault());
            WriteNode(writer, peer);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    /// <summary><c>{"cluster_id","generated_at","nodes":[…]}</c>.</summary>
    public Value Map(ImmutableArray<NodeInfo> nodes) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("cluster_id"u8, node.ClusterId);
        writer.WriteNumber("generated_at"u8, Clock.ToSeconds(time.NowUs()));
        writer.WriteStartArray("nodes"u8);
        foreach (var one in nodes)
        {
            writer.WriteStartObject();
            WriteNode(writer, one);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private void WriteNode(Utf8JsonWriter writer, NodeInfo one)
    {
        writer.WriteString("node_id"u8, one.NodeId);
        writer.WriteString("cluster_id"u8, one.ClusterId);
        writer.WriteString("region"u8, one.Region);
        WriteArray(writer, "resources", one.Resources);
        WriteArray(writer, "capabilities", Capabilities);
        WriteEndpoints(writer, one);
        WriteArray(writer, "advertised_urls", one.AdvertisedUrls);
        writer.WriteNumber("advertised_at"u8, Clock.ToSeconds(time.NowUs()));
        writer.WriteNull("load"u8);
    }

    private void WriteItem(Utf8JsonWriter writer, FunctionInfo info, bool detailed)
    {
        var offer = info.Offer;
        writer.WriteStartObject();
        writer.WriteStartObject("identity"u8);
        writer.WriteString("name"u8, offer.Function);
        writer.WriteString("function_id"u8, Digest(offer.Function));
        writer.WriteString("version"u8, offer.Version);
        writer.WriteEndObject();
        var dot = offer.Function.LastIndexOf('.');
        writer.WriteString("namespace"u8, dot < 0 ? "" : offer.Function[..dot]);
        writer.WriteString("node_id"u8, node.NodeId);
        writer.WriteString("cluster_id"u8, node.ClusterId);
        WriteArray(writer, "resources", offer.Locs);
        WriteArray(writer, "tags", []);
        writer.WriteString("scope"u8, "cluster"u8);
        writer.WriteString("summary"u8, offer.Description);
        writer.WriteString("spec_digest"u8, Digest(string.Join('\n', [offer.Function, offer.Version, .. Names(offer.Parameters)])));
        if (detailed)
            WriteDetails(writer, info);
        writer.WriteEndObject();
    }

    private static void WriteDetails(Utf8JsonWriter writer, FunctionInfo info)
    {
        WriteArray(writer, "parameters", info.Offer.Parameters);
        writer.WriteNumber("priority"u8, info.Offer.Priority);
        if (info.Offer.ConcurrencyMax is { } concurrency)
            writer.WriteNumber("concurrency"u8, concurrency);
        else
            writer.WriteNull("concurrency"u8);
        writer.WriteNumber("running"u8, info.Running);
        writer.WriteString("connection_id"u8, info.ConnectionId);
    }

    private static void WriteEndpoints(Utf8JsonWriter writer, NodeInfo one)
    {
        writer.WriteStartArray("transport_endpoints"u8);
        foreach (var url in one.AdvertisedUrls)
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
                continue;
            writer.WriteStartObject();
            writer.WriteString("protocol"u8, uri.Scheme);
            writer.WriteString("host"u8, uri.Host);
            writer.WriteNumber("port"u8, uri.Port);
            writer.WriteString("endpoint"u8, url);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ImmutableArray<string> Names(ImmutableArray<string> names) => names.IsDefault ? [] : names;

    private static void WriteArray(Utf8JsonWriter writer, string name, ImmutableArray<string> items) =>
        WriteArray(writer, name, Names(items).AsEnumerable());

    private static void WriteArray(Utf8JsonWriter writer, string name, IEnumerable<string> items)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }

    private static string TokenOf(FunctionInfo info) => string.Create(CultureInfo.InvariantCulture, $"{info.Offer.Function}\n{info.ConnectionId}");

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 8));

    private static Value Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            write(writer);
        return Value.Json(buffer.WrittenMemory);
    }
}
