using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace Grains.Tests.Transcripts;

/// <summary>
/// A connection that a transcript plays. A loop reads whole messages into an inbox; steps take them from there. What differs
/// between WebSocket and TCP is in the two subclasses.
/// </summary>
internal abstract class TranscriptClient(string name) : IAsyncDisposable
{
    /// <summary>How long a step that takes a message waits for one before it fails.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Channel<ReceivedMessage> _arriving = Channel.CreateUnbounded<ReceivedMessage>();
    private readonly Queue<ReceivedMessage> _passedOver = new();
    private Task _reading = Task.CompletedTask;
    private int _syncs;

    public string Name => name;

    public abstract Task SendAsync(string text, CancellationToken cancellationToken);

    public abstract Task SendBytesAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>The bytes of a message as they were on the wire, framing included where the transport has one.</summary>
    public abstract byte[] OnTheWire(ReceivedMessage message);

    /// <summary>The next message not yet taken; a message with <see cref="ReceivedMessage.Closed"/> when the server has closed.</summary>
    /// <exception cref="TranscriptFailedException">None came in time.</exception>
    public async Task<ReceivedMessage> TakeAsync(CancellationToken cancellationToken)
    {
        if (_passedOver.TryDequeue(out var passed))
            return passed;
        return await NextAsync(cancellationToken)
            ?? throw new TranscriptFailedException($"no message came to {name} within {Patience.TotalSeconds:0} s");
    }

    /// <summary>Calls <c>ping</c> and keeps what comes before its answer for later steps.</summary>
    public async Task SyncAsync(CancellationToken cancellationToken)
    {
        var id = $"sync-{++_syncs}";
        await SendAsync($$"""{"role":"rpc","u":"{{id}}","cmds":[{"name":"sync","fun":"ping"}]}""", cancellationToken);
        while (true)
        {
            var message = await NextAsync(cancellationToken)
                ?? throw new TranscriptFailedException($"{name} got no answer to ping within {Patience.TotalSeconds:0} s{LeftOver()}");
            if (message.Closed)
                throw new TranscriptFailedException($"{name} was closed ({message.CloseCode?.ToString() ?? "no code"}) while it waited for the answer to ping{LeftOver()}");
            if (IsAnswerTo(id, message))
                return;
            _passedOver.Enqueue(message);
        }
    }

    /// <summary>A message that a sync passed over and nobody has taken, or null.</summary>
    public ReceivedMessage? PeekPassedOver() => _passedOver.TryPeek(out var message) ? message : null;

    /// <summary>Closes in order and waits for the server's side.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await FinishAsync(cancellationToken);
        await _reading.WaitAsync(Patience, cancellationToken);
    }

    /// <summary>Breaks off without a word.</summary>
    public abstract void Cut();

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _reading;
    }

    protected void StartReading() => _reading = ReadAllAsync();

    /// <summary>One whole message, or the close.</summary>
    protected abstract Task<ReceivedMessage> ReadAsync();

    protected abstract Task FinishAsync(CancellationToken cancellationToken);

    private async Task ReadAllAsync()
    {
        ReceivedMessage message;
        do
        {
            message = await ReadAsync();
            _arriving.Writer.TryWrite(message);
        }
        while (!message.Closed);
    }

    private async Task<ReceivedMessage?> NextAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return await _arriving.Reader.ReadAsync(patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private string LeftOver() => _passedOver.Count == 0 ? "" : "; before that came " + string.Join(", ", _passedOver);

    private static bool IsAnswerTo(string id, ReceivedMessage message)
    {
        if (!Encoding.UTF8.GetString(message.Bytes).Contains(id, StringComparison.Ordinal))
            return false;
        try
        {
            var json = message.Json();
            return json.ValueKind == JsonValueKind.Object && json.TryGetProperty("u", out var u) && u.ValueEquals(id);
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
