using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Grains.Tests.Faults;

/// <summary>
/// Requests and answers of the native protocol over a raw connection: an answer is matched to its request by <c>u</c>, everything
/// else (notifications, gaps, invocations) goes to <see cref="Pushed"/> in the order it came. Reads all the time.
/// </summary>
public sealed class WireSession : IAsyncDisposable
{
    private readonly IRawClient _client;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonObject>> _waiting = new();
    private readonly Channel<JsonObject> _pushed = Channel.CreateUnbounded<JsonObject>(new() { SingleWriter = true });
    private readonly Task _reading;
    private long _lastU;
    private volatile bool _ended;

    public WireSession(IRawClient client)
    {
        _client = client;
        _reading = ReadAsync();
    }

    /// <summary>What no request asked for. Completed when the connection has ended.</summary>
    public ChannelReader<JsonObject> Pushed => _pushed.Reader;

    /// <summary>Done when the connection has ended and everything it brought has been handed over.</summary>
    public Task Ended => _reading;

    /// <summary>Sends a request, whose <c>u</c> is filled in when it has none.</summary>
    /// <exception cref="IOException">The connection ended first: the outcome is unknown.</exception>
    public async Task<JsonObject> RequestAsync(JsonObject request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var u = (string?)request["u"] ?? NextU();
        request["u"] = u;
        var answer = new TaskCompletionSource<JsonObject>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[u] = answer;
        if (_ended)
            answer.TrySetException(Gone());
        await SendAsync(request, cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }

    /// <exception cref="IOException">The connection has ended.</exception>
    public ValueTask SendAsync(JsonObject message, CancellationToken cancellationToken = default) =>
        _client.SendAsync(JsonSerializer.SerializeToUtf8Bytes(message), cancellationToken);

    public string NextU() => "u" + Interlocked.Increment(ref _lastU).ToString(CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        await _client.DisposeAsync();
        await _reading;
    }

    private static IOException Gone() => new("The connection ended before the answer came.");

    private async Task ReadAsync()
    {
        while (await _client.ReceiveAsync() is { } bytes)
        {
            var message = (JsonObject)JsonNode.Parse(bytes)!;
            if (message["u"] is JsonValue u && _waiting.TryRemove(WithoutPrefix((string)u!), out var answer))
                answer.TrySetResult(message);
            else
                _pushed.Writer.TryWrite(message);
        }

        _ended = true;
        foreach (var answer in _waiting.Values)
            answer.TrySetException(Gone());
        _pushed.Writer.Complete();
    }

    private static string WithoutPrefix(string u) => u.StartsWith("ack_", StringComparison.Ordinal) ? u[4..] : u;
}
