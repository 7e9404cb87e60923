using System.Globalization;
using System.Text.Json;

namespace Grains.Tests.Transcripts;

/// <summary>
/// Plays one transcript against a server over one transport, step by step. A step that takes messages waits for them; nothing waits for
/// time to pass. At the end every open connection is synced and must have nothing left to take.
/// </summary>
internal sealed class TranscriptRunner(ITranscriptServer server, string transport)
{
    private readonly Dictionary<string, TranscriptClient> _clients = [];
    private readonly Bindings _bindings = new();

    /// <exception cref="TranscriptFailedException">The server did not do what the transcript says; the message names file, line and difference.</exception>
    public async Task RunAsync(Transcript transcript, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var connection in transcript.Connections)
                await ConnectAsync(new TranscriptStep.Connect(0, connection, [], null), cancellationToken);
            foreach (var step in transcript.Steps)
            {
                try
                {
                    await PlayAsync(step, cancellationToken);
                }
                catch (TranscriptFailedException failure)
                {
                    throw new TranscriptFailedException($"{transcript.Name}.txt:{step.Line} over {transport}: {failure.Message}", failure);
                }
            }

            await EndAsync(transcript, cancellationToken);
        }
        finally
        {
            foreach (var client in _clients.Values)
                await client.DisposeAsync();
        }
    }

    private Task PlayAsync(TranscriptStep step, CancellationToken cancellationToken) => step switch
    {
        TranscriptStep.Send send => Client(send.Connection).SendAsync(_bindings.Substitute(send.Text), cancellationToken),
        TranscriptStep.SendBytes send => Client(send.Connection).SendBytesAsync(send.Bytes.AsMemory(), cancellationToken),
        TranscriptStep.Expect expect => ExpectAsync(expect, cancellationToken),
        TranscriptStep.ExpectBytes expect => ExpectBytesAsync(expect, cancellationToken),
        TranscriptStep.AnyOrder block => AnyOrderAsync(block, cancellationToken),
        TranscriptStep.Eventually block => EventuallyAsync(block, cancellationToken),
        TranscriptStep.Sync sync => SyncAsync(sync.Connections, cancellationToken),
        TranscriptStep.ExpectNothing nothing => ExpectNothingAsync(nothing.Connections, cancellationToken),
        TranscriptStep.ExpectClosed closed => ExpectClosedAsync(closed, cancellationToken),
        TranscriptStep.Connect connect => ConnectAsync(connect, cancellationToken),
        TranscriptStep.Close close => CloseAsync(close, cancellationToken),
        TranscriptStep.Advance advance => Advance(advance.By),
        _ => throw new InvalidOperationException($"The runner does not know {step.GetType().Name}."),
    };

    private async Task ExpectAsync(TranscriptStep.Expect expect, CancellationToken cancellationToken)
    {
        while (true)
        {
            var message = await TakeAsync(expect.Connection, cancellationToken);
            var before = _bindings.State;
            if (new JsonMatcher(_bindings).Mismatch(expect.Pattern, JsonOf(message)) is not { } mismatch)
                return;
            _bindings.State = before;
            if (!expect.Skip)
                throw new TranscriptFailedException($"{mismatch}\n  {expect.Connection} got {message}");
        }
    }

    private async Task ExpectBytesAsync(TranscriptStep.ExpectBytes expect, CancellationToken cancellationToken)
    {
        var client = Client(expect.Connection);
        var actual = new List<byte>();
        while (actual.Count < expect.Bytes.Length)
            actual.AddRange(client.OnTheWire(await TakeAsync(expect.Connection, cancellationToken)));
        if (!actual.SequenceEqual(expect.Bytes))
            throw new TranscriptFailedException($"expected the bytes {Hex([.. expect.Bytes])}, {expect.Connection} got {Hex([.. actual])}");
    }

    private async Task AnyOrderAsync(TranscriptStep.AnyOrder block, CancellationToken cancellationToken)
    {
        foreach (var group in block.Expected.GroupBy(expect => expect.Connection))
        {
            var patterns = group.Select(expect => expect.Pattern).ToList();
            var messages = new List<JsonElement>();
            while (messages.Count < patterns.Count)
                messages.Add(JsonOf(await TakeAsync(group.Key, cancellationToken)));
            if (new JsonMatcher(_bindings).MismatchUnordered(patterns, messages) is { } mismatch)
                throw new TranscriptFailedException($"{group.Key}, in any order: {mismatch}");
        }
    }

    private async Task EventuallyAsync(TranscriptStep.Eventually block, CancellationToken cancellationToken)
    {
        var until = Environment.TickCount64 + (long)TranscriptClient.Patience.TotalMilliseconds;
        while (true)
        {
            var before = _bindings.State;
            try
            {
                foreach (var step in block.Steps)
                    await PlayAsync(step, cancellationToken);
                return;
            }
            catch (TranscriptFailedException) when (Environment.TickCount64 < until)
            {
                _bindings.State = before;
            }
        }
    }

    private async Task SyncAsync(IEnumerable<string> connections, CancellationToken cancellationToken)
    {
        foreach (var name in connections)
            await Client(name).SyncAsync(cancellationToken);
    }

    private async Task ExpectNothingAsync(IReadOnlyCollection<string> connections, CancellationToken cancellationToken)
    {
        await SyncAsync(connections, cancellationToken);
        foreach (var name in connections)
        {
            if (Client(name).PeekPassedOver() is { } message)
                throw new TranscriptFailedException($"expected nothing, {name} got {message}");
        }
    }

    private async Task ExpectClosedAsync(TranscriptStep.ExpectClosed closed, CancellationToken cancellationToken)
    {
        var client = Client(closed.Connection);
        var message = await client.TakeAsync(cancellationToken);
        if (!message.Closed)
            throw new TranscriptFailedException($"expected {closed.Connection} to be closed, it got {message}");
        if (client is WebSocketTranscriptClient && closed.Code is { } code && message.CloseCode != code)
            throw new TranscriptFailedException($"expected {closed.Connection} to be closed with {code}, it was with {message.CloseCode?.ToString(CultureInfo.InvariantCulture) ?? "no code"}");
        await RemoveAsync(closed.Connection);
    }

    private async Task ConnectAsync(TranscriptStep.Connect step, CancellationToken cancellationToken)
    {
        var name = step.Connection.Name;
        if (_clients.ContainsKey(name))
            throw new TranscriptFailedException($"{name} is connected already");
        var address = server.AddressOf(TransportOf(step.Connection));
        if (address.Scheme is "tcp" or "tcps")
        {
            _clients[name] = await TcpTranscriptClient.ConnectAsync(name, address, server.Certificate, cancellationToken);
            return;
        }

        var (client, status) = await WebSocketTranscriptClient.ConnectAsync(name, address, server.Certificate, step.Headers, cancellationToken);
        if (client is not null)
            _clients[name] = client;
        if (status != (step.Refused ?? 101))
            throw new TranscriptFailedException($"expected {name} to get HTTP {step.Refused ?? 101}, it got {status}");
    }

    private async Task CloseAsync(TranscriptStep.Close close, CancellationToken cancellationToken)
    {
        var client = Client(close.Connection);
        if (close.Cut)
            client.Cut();
        else
            await client.CloseAsync(cancellationToken);
        await RemoveAsync(close.Connection);
    }

    private Task Advance(TimeSpan by)
    {
        server.Advance(by);
        return Task.CompletedTask;
    }

    private async Task EndAsync(Transcript transcript, CancellationToken cancellationToken)
    {
        try
        {
            await ExpectNothingAsync(_clients.Keys, cancellationToken);
        }
        catch (TranscriptFailedException failure)
        {
            throw new TranscriptFailedException($"{transcript.Name}.txt over {transport}, at the end: {failure.Message}", failure);
        }
    }

    private async Task<ReceivedMessage> TakeAsync(string connection, CancellationToken cancellationToken)
    {
        var message = await Client(connection).TakeAsync(cancellationToken);
        return message.Closed
            ? throw new TranscriptFailedException($"{connection} was closed ({message.CloseCode?.ToString(CultureInfo.InvariantCulture) ?? "no code"})")
            : message;
    }

    private async Task RemoveAsync(string connection)
    {
        _clients.Remove(connection, out var client);
        await client!.DisposeAsync();
    }

    private TranscriptClient Client(string name) => _clients.TryGetValue(name, out var client)
        ? client
        : throw new TranscriptFailedException($"{name} is not connected");

    private string TransportOf(TranscriptConnection connection) => connection.Transport switch
    {
        null => transport,
        "ws" when transport is "wss" or "tcps" => "wss",
        "tcp" when transport is "wss" or "tcps" => "tcps",
        var own => own,
    };

    private static JsonElement JsonOf(ReceivedMessage message)
    {
        try
        {
            return message.Json();
        }
        catch (FormatException error)
        {
            throw new TranscriptFailedException($"{error.Message}\n  got {message}", error);
        }
    }

    private static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexString(bytes);
}
