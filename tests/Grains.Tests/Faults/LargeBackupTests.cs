using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Grains.Tests.Hosting;

namespace Grains.Tests.Faults;

/// <summary>A namespace ten times as large as a message may be goes over the wire and back.</summary>
[Collection(nameof(Alone))]
public sealed class LargeBackupTests
{
    private const int Entries = 200;
    private const int ValueChars = 1024 * 1024;
    private const int MessageBytesMax = 20 * 1024 * 1024;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    public async Task A_namespace_of_200_MiB_is_backed_up_and_restored_in_pieces_that_fit_a_message(string transport)
    {
        await using var server = await TestServer.StartAsync();
        await using var session = new WireSession(transport == "tcp"
            ? await RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port), cancellationToken: Token)
            : await RawWsClient.ConnectAsync(server.Ws, Token));
        for (var i = 0; i < Entries; i++)
            Assert.Equal("hit", Status(await session.RequestAsync($"\"role\":\"cache-request\",\"operation\":\"put\",{Key(i)},\"value\":\"{ValueOf(i)}\"", Token)));

        var pieces = await BackUpAsync(session);
        var cleared = await NamespaceAsync(session, "\"operation_type\":\"clear\"");
        Assert.Equal(Entries, cleared.GetProperty("cleared_count").GetInt32());
        var restored = 0;
        foreach (var piece in pieces)
            restored += (await NamespaceAsync(session, $"\"operation_type\":\"restore\",\"data\":{piece}")).GetProperty("restored_count").GetInt32();

        Assert.Equal(Entries, restored);
        for (var i = 0; i < Entries; i++)
        {
            var got = await session.RequestAsync($"\"role\":\"cache-request\",\"operation\":\"get\",{Key(i)}", Token);
            Assert.Equal("hit", Status(got));
            Assert.True(got.GetProperty("entry").GetProperty("value").ValueEquals(ValueOf(i)), $"Entry {i} came back changed.");
        }
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("ws")]
    public async Task A_value_at_the_limit_of_each_kind_goes_over_the_wire_and_back_in_messages_that_fit(string transport)
    {
        await using var server = await TestServer.StartAsync();
        await using var session = new WireSession(transport == "tcp"
            ? await RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port), cancellationToken: Token)
            : await RawWsClient.ConnectAsync(server.Ws, Token));
        var limit = new Grains.Cache.CacheOptions().ValueBytesMax;
        var metadata = new EntryMetadata { Tags = [new string('\u0001', 10_000)] };
        var values = new Dictionary<string, Value>
        {
            ["json"] = Value.Json("\"" + new string('x', limit - 2) + "\""),
            ["text"] = Value.Text(new string('\u0001', (limit - 2) / 6)),
            ["bytes"] = Value.FromBytes(new byte[(limit - 2) / 4 * 3]),
        };
        foreach (var (name, value) in values)
        {
            var key = new CacheKey("large", name + new string('"', 1_000));
            Assert.Equal(ErrorCode.None, (await server.Grains.Cache.ExecuteAsync(key, new CacheCommand("put") { Value = value, Metadata = metadata }, Token)).Error);
            var members = new CacheCommand("list.append") { Structure = new StructureArguments { Values = [value, value] } };
            Assert.Equal(ErrorCode.None, (await server.Grains.Cache.ExecuteAsync(new CacheKey("large", "list-" + name), members, Token)).Error);
            var got = await session.RequestAsync($"\"role\":\"cache-request\",\"operation\":\"get\",\"key\":{{\"namespace\":\"large\",\"identifier\":{JsonSerializer.Serialize(key.Identifier)}}}", Token);
            Assert.Equal("hit", Status(got));
            Assert.InRange(got.GetRawText().Length, limit / 2, MessageBytesMax);
        }

        var pieces = await BackUpAsync(session, expected: 6);
        await NamespaceAsync(session, "\"operation_type\":\"clear\"");
        var restored = 0;
        foreach (var piece in pieces)
            restored += (await NamespaceAsync(session, $"\"operation_type\":\"restore\",\"data\":{piece}")).GetProperty("restored_count").GetInt32();
        Assert.Equal(6, restored);
        foreach (var (name, value) in values)
        {
            var key = new CacheKey("large", name + new string('"', 1_000));
            Assert.Equal(value, (await server.Grains.Cache.ExecuteAsync(key, CacheCommand.Get, Token)).Value);
            var pop = new CacheCommand("list.pop") { Structure = StructureArguments.Empty };
            Assert.Equal(value, (await server.Grains.Cache.ExecuteAsync(new CacheKey("large", "list-" + name), pop, Token)).Result);
        }
    }

    /// <summary>The pieces, as their JSON. Each comes and goes in a message that fits.</summary>
    private static async Task<List<string>> BackUpAsync(WireSession session, int expected = Entries)
    {
        var pieces = new List<string>();
        var counted = 0;
        for (string? cursor = null; pieces.Count == 0 || cursor is not null;)
        {
            var from = cursor is null ? "" : $",\"cursor\":{JsonSerializer.Serialize(cursor)}";
            var answer = await NamespaceAsync(session, "\"operation_type\":\"backup\"" + from);
            counted += answer.GetProperty("count").GetInt32();
            pieces.Add(answer.GetProperty("data").GetRawText());
            Assert.InRange(answer.GetRawText().Length, 2, MessageBytesMax);
            cursor = answer.TryGetProperty("cursor", out var next) ? next.GetString() : null;
        }

        Assert.Equal(expected, counted);
        return pieces;
    }

    private static async Task<JsonElement> NamespaceAsync(WireSession session, string operation)
    {
        var answer = await session.RequestAsync($"\"role\":\"cache-request\",\"operation\":\"namespace\",\"namespace_operation\":{{\"namespace\":\"large\",{operation}}}", Token);
        Assert.True(Status(answer) == "hit", answer.ToString()[..Math.Min(500, answer.ToString().Length)]);
        return answer;
    }

    private static string? Status(JsonElement answer) => answer.GetProperty("status").GetString();

    private static string Key(int i) => $"\"key\":{{\"namespace\":\"large\",\"identifier\":\"{i.ToString(CultureInfo.InvariantCulture)}\"}},\"options\":{{\"include_metadata\":false}}";

    /// <summary>A text of an entry's own, so that entries that change places are noticed.</summary>
    private static string ValueOf(int i)
    {
        var text = new StringBuilder(ValueChars + 16);
        for (var line = i; text.Length < ValueChars; line += Entries)
            text.Append(line).Append(' ');
        return text.ToString(0, ValueChars);
    }
}
