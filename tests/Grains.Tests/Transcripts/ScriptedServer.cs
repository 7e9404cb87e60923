using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Transcripts;

/// <summary>
/// A server for tests of the runners themselves, which says what its clients tell it to: <c>{"say":[…]}</c> sends the items as messages,
/// <c>{"tell":[…]}</c> sends them to every connection, <c>{"close":1008}</c> closes, a call of <c>ping</c> is answered, <c>{"slip":n}</c> says
/// <c>{"n":k}</c> with a k that goes round from 0 to 7 at each such message. The header <c>X-API-Key: wrong</c> is refused. Everything else is silence.
/// </summary>
internal sealed class ScriptedServer : ITranscriptServer
{
    private readonly WebApplication _web;
    private readonly TcpListener _tcp = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Func<byte[], Task>, bool> _everybody = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ConcurrentBag<Task> _running = [];
    private int _slips;

    private ScriptedServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.UseWebSockets();
        _web.Run(ServeWebSocketAsync);
        _tcp.Start();
        _running.Add(AcceptAsync());
    }

    public X509Certificate2? Certificate => null;

    public static async Task<ScriptedServer> StartAsync()
    {
        var server = new ScriptedServer();
        await server._web.StartAsync();
        return server;
    }

    public Uri AddressOf(string transport) => transport == "tcp"
        ? new Uri($"tcp://127.0.0.1:{((IPEndPoint)_tcp.LocalEndpoint).Port}")
        : new Uri(_web.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal));

    public void Advance(TimeSpan by) => _slips += (int)by.TotalSeconds;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _tcp.Stop();
        await _web.DisposeAsync();
        _stop.Dispose();
        _turn.Dispose();
    }

    private async Task ServeWebSocketAsync(HttpContext context)
    {
        if (context.Request.Headers["X-API-Key"] == "wrong")
        {
            context.Response.StatusCode = 401;
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        Task Send(byte[] message) => socket.SendAsync(message, WebSocketMessageType.Text, true, _stop.Token);
        var buffer = new byte[256 * 1024];
        await ServeAsync(Send, async () =>
        {
            var part = await socket.ReceiveAsync(buffer, _stop.Token);
            return part.MessageType == WebSocketMessageType.Close ? null : buffer[..part.Count];
        });
        if (socket.State == WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _stop.Token);
        else if (socket.State == WebSocketState.Open)
            await socket.CloseAsync((WebSocketCloseStatus)1008, null, _stop.Token);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _running.Add(ServeTcpAsync(await _tcp.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            return;
        }
    }

    private async Task ServeTcpAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            Task Send(byte[] message)
            {
                var frame = new byte[4 + message.Length];
                BinaryPrimitives.WriteInt32BigEndian(frame, message.Length);
                message.CopyTo(frame, 4);
                return stream.WriteAsync(frame, _stop.Token).AsTask();
            }

            await ServeAsync(Send, async () =>
            {
                var header = new byte[4];
                if (await stream.ReadAtLeastAsync(header, 4, false, _stop.Token) < 4)
                    return null;
                var message = new byte[BinaryPrimitives.ReadInt32BigEndian(header)];
                await stream.ReadExactlyAsync(message, _stop.Token);
                return message;
            });
        }
    }

    private async Task ServeAsync(Func<byte[], Task> send, Func<Task<byte[]?>> receive)
    {
        _everybody[send] = true;
        try
        {
            while (await receive() is { } message)
            {
                await _turn.WaitAsync(_stop.Token);
                try
                {
                    if (!await AnswerAsync(message, send))
                        return;
                }
                finally
                {
                    _turn.Release();
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or WebSocketException or SocketException)
        {
            return;
        }
        finally
        {
            _everybody.TryRemove(send, out _);
        }
    }

    private async Task<bool> AnswerAsync(byte[] message, Func<byte[], Task> send)
    {
        if (message.AsSpan().SequenceEqual("PING"u8))
        {
            await send("PONG"u8.ToArray());
            return true;
        }

        var json = TranscriptText.Json(Encoding.UTF8.GetString(message));
        if (json.TryGetProperty("close", out _))
            return false;
        if (json.TryGetProperty("u", out var u))
            await send(Encoding.UTF8.GetBytes($$"""{"role":"rpc-response","u":{{u.GetRawText()}}}"""));
        if (json.TryGetProperty("slip", out _))
            await send(Encoding.UTF8.GetBytes($$"""{"n":{{_slips++ % 8}}}"""));
        foreach (var item in Items(json, "say"))
            await send(item);
        foreach (var item in Items(json, "tell"))
            await Task.WhenAll(_everybody.Keys.Select(other => other(item)));
        return true;
    }

    private static IEnumerable<byte[]> Items(JsonElement json, string name) => json.TryGetProperty(name, out var items)
        ? items.EnumerateArray().Select(item => Encoding.UTF8.GetBytes(item.GetRawText()))
        : [];
}
