using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Grains.Tests.Faults;
using Grains.Tests.Functions;

namespace Grains.Tests.Hosting;

/// <summary>How a server stops, as its clients see it on their sockets.</summary>
public sealed class StoppingTests
{
    private const string Goodbye = """{"role":"goodbye","code":1401,"error":"The server is stopping."}""";

    [Fact]
    public async Task A_stopping_server_says_goodbye_to_those_who_said_hello_answers_what_runs_and_closes()
    {
        var started = new TaskCompletionSource();
        var gate = new TaskCompletionSource<int>();
        // On a busy machine what follows may take longer than a server usually waits for its calls.
        await using var server = await TestServer.StartAsync(
            new Dictionary<string, string> { ["ShutdownTimeout"] = "00:01:00" },
            functions: grains => grains.AddFunction("slow", () =>
            {
                started.SetResult();
                return gate.Task;
            }));
        await using var ws = await RawWsClient.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);
        await using var quietWs = await RawWsClient.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);
        await using var tcp = await ConnectTcpAsync(server);
        await using var quietTcp = await ConnectTcpAsync(server);
        await AskAsync(ws, """{"role":"hello","u":"h"}""", "hello");
        await AskAsync(tcp, """{"role":"hello","u":"h"}""", "hello");
        await AskAsync(quietWs, """{"role":"topic-list","u":"t"}""", "topic-response");
        await AskAsync(quietTcp, """{"role":"topic-list","u":"t"}""", "topic-response");
        await SendAsync(ws, """{"role":"rpc","u":"ws","cmds":[{"name":"a","fun":"slow"}]}""");
        await started.Task.WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);

        var stopping = server.StopAsync();
        Assert.Equal(Goodbye, await TextAsync(ws));
        Assert.Equal(Goodbye, await TextAsync(tcp));
        await AssertRefusedAsync(server);
        Assert.False(stopping.IsCompleted);
        gate.SetResult(7);

        var answer = JsonDocument.Parse((await TextAsync(ws))!).RootElement;
        Assert.Equal("ws", answer.GetProperty("u").GetString());
        Assert.Equal(7, answer.GetProperty("r").GetProperty("a").GetInt32());
        await AssertGoneAwayAsync(ws);
        await AssertGoneAwayAsync(quietWs);
        Assert.Null(await TextAsync(tcp));
        Assert.Null(await TextAsync(quietTcp));
        foreach (var client in new IRawClient[] { ws, quietWs, tcp, quietTcp })
            await client.DisposeAsync();
        await stopping.WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_call_that_outlasts_the_shutdown_timeout_is_cut_off()
    {
        var started = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(
            new Dictionary<string, string> { ["ShutdownTimeout"] = "00:00:00" },
            functions: grains => grains.AddFunction("forever", async (CancellationToken cancelled) =>
            {
                started.SetResult();
                await Task.Delay(Timeout.Infinite, cancelled);
            }));
        await using var ws = await RawWsClient.ConnectAsync(server.Ws, TestContext.Current.CancellationToken);
        await SendAsync(ws, """{"role":"rpc","u":"ws","cmds":[{"name":"a","fun":"forever"}]}""");
        await started.Task.WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);

        var stopping = server.StopAsync();
        // Ending the call races with closing, so its caller may or may not still be told.
        if (await TextAsync(ws) is { } answer)
            Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(answer).RootElement.GetProperty("error").ValueKind);
        await AssertGoneAwayAsync(ws);
        await ws.DisposeAsync();
        await stopping.WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);
    }

    /// <summary>A WebSocket is refused by HTTP or finds nobody listening any more; TCP is told why.</summary>
    private static async Task AssertRefusedAsync(TestServer server)
    {
        await Assert.ThrowsAsync<WebSocketException>(() => RawWsClient.ConnectAsync(server.Ws, TestContext.Current.CancellationToken));
        await using var late = await ConnectTcpAsync(server);
        var refusal = JsonDocument.Parse((await TextAsync(late))!).RootElement;
        Assert.Equal(1401, refusal.GetProperty("error").GetProperty("code").GetInt32());
        Assert.Null(await TextAsync(late));
    }

    private static async Task AssertGoneAwayAsync(RawWsClient client)
    {
        Assert.Null(await TextAsync(client));
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, client.CloseStatus);
    }

    private static Task<RawTcpClient> ConnectTcpAsync(TestServer server) =>
        RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port), cancellationToken: TestContext.Current.CancellationToken);

    private static async Task AskAsync(IRawClient client, string message, string role)
    {
        await SendAsync(client, message);
        Assert.Equal(role, JsonDocument.Parse((await TextAsync(client))!).RootElement.GetProperty("role").GetString());
    }

    private static async Task SendAsync(IRawClient client, string message) =>
        await client.SendAsync(Encoding.UTF8.GetBytes(message), TestContext.Current.CancellationToken);

    /// <summary>The next message; null when the server has closed.</summary>
    private static async Task<string?> TextAsync(IRawClient client)
    {
        var message = await client.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Guard.Limit);
        return message is null ? null : Encoding.UTF8.GetString(message);
    }
}
