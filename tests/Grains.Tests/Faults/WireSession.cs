using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Grains.Tests.Faults;

/// <summary>
/// Requests and answers of the native protocol over a raw connection: an answer is matched to its request by <c>u</c>, everything
/// else (notifications, gaps, invocations) goes to <see cref="Pushed"/> in the order it came. Reads all the time.
/// </summary>
public sealed class WireSession : IAsyncDisposable
{
    private readonly IRawClient _client;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _waiting = new();
    private readonly Channel<JsonElement> _pushed = Channel.CreateUnbounded<JsonElement>(new() { SingleWriter = true });
    private readonly Task _reading;
    private long _lastU;
    private volatile bool _ended;

    public WireSession(IRawClient client)
    {
        _client = client;
        _reading = ReadAsync();
    }

    /// <summary>What no request asked for. Completed when the connection has ended.</summary>
    public ChannelReader<JsonElement> Pushed => _pushed.Reader;

    /// <summary>Done when the connection has ended and everything it brought has been handed over.</summary>
    public Task Ended => _reading;

    /// <summary>Sends a request: a JSON object without its braces and without <c>u</c>, which is added.</summary>
    /// <exception cref="IOException">The connection ended first: the outcome is unknown.</exception>
    public async Task<JsonElement> RequestAsync(string members, CancellationToken cancellationToken = default)
    {
        var u = "u" + Interlocked.Increment(ref _lastU).ToString(CultureInfo.InvariantCulture);
        var answer = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting[u] = answer;
        if (_ended)
            answer.TrySetException(Gone());
        await _client.SendAsync(Encoding.UTF8.GetBytes($$"""{"u":"{{u}}",{{members}}}"""), cancellationToken);
        return await answer.Task.WaitAsync(cancellationToken);
    }

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
            var message = JsonDocument.Parse(bytes).RootElement;
            if (_waiting.TryRemove(UOf(message), out var answer))
                answer.TrySetResult(message);
            else
                _pushed.Writer.TryWrite(message);
        }

        _ended = true;
        foreach (var answer in _waiting.Values)
            answer.TrySetException(Gone());
        _pushed.Writer.Complete();
    }

    private static string UOf(JsonElement message)
    {
        var u = message.TryGetProperty("u", out var member) ? member.GetString() ?? "" : "";
        return u.StartsWith("ack_", StringComparison.Ordinal) ? u[4..] : u;
    }
}
