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

    /// <summary>The pieces, as their JSON.</summary>
    private static async Task<List<string>> BackUpAsync(WireSession session)
    {
        var pieces = new List<string>();
        var counted = 0;
        for (string? cursor = null; pieces.Count == 0 || cursor is not null;)
        {
            var from = cursor is null ? "" : $",\"cursor\":{JsonSerializer.Serialize(cursor)}";
            var answer = await NamespaceAsync(session, "\"operation_type\":\"backup\"" + from);
            counted += answer.GetProperty("count").GetInt32();
            pieces.Add(answer.GetProperty("data").GetRawText());
            Assert.InRange(pieces[^1].Length, 2, MessageBytesMax);
            cursor = answer.TryGetProperty("cursor", out var next) ? next.GetString() : null;
        }

        Assert.Equal(Entries, counted);
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
