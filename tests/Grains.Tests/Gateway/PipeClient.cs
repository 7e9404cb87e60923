using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;

namespace Grains.Tests.Gateway;

/// <summary>The client's side of a <see cref="Door"/>.</summary>
internal sealed class PipeClient(Pipe towardsServer, Pipe fromServer)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Stream _read = fromServer.Reader.AsStream();

    /// <summary>Ends when the server has ended the connection; false when it was refused.</summary>
    public Task<bool> Ended { get; set; } = Task.FromResult(false);

    public Task EndedAsync() => Ended.WaitAsync(Patience);

    public async Task SendBytesAsync(params byte[] bytes) => await towardsServer.Writer.WriteAsync(bytes);

    public Task SendAsync(string json) => SendBytesAsync(Frames.Prefixed(json));

    public Task SendAsync(params string[] messages) => SendBytesAsync([.. messages.SelectMany(Frames.Prefixed)]);

    /// <summary>The next message; null when the server has closed.</summary>
    public async Task<string?> ReadTextAsync()
    {
        var header = await ReadBytesAsync(4);
        return header is null ? null : Encoding.UTF8.GetString((await ReadBytesAsync(BinaryPrimitives.ReadInt32BigEndian(header)))!);
    }

    public async Task<JsonElement> ReadAsync()
    {
        var text = await ReadTextAsync();
        Assert.True(text is not null, "The server has closed.");
        return JsonElement.Parse(text);
    }

    public async Task<JsonElement> AskAsync(string json)
    {
        await SendAsync(json);
        return await ReadAsync();
    }

    public async Task<string?> ReadTextAfterAsync(string json)
    {
        await SendAsync(json);
        return await ReadTextAsync();
    }

    /// <summary>So many bytes; null at the end.</summary>
    public async Task<byte[]?> ReadBytesAsync(int count)
    {
        var bytes = new byte[count];
        using var patience = new CancellationTokenSource(Patience);
        var read = await _read.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, patience.Token);
        return read == count ? bytes : null;
    }

    public ValueTask HangUpAsync() => towardsServer.Writer.CompleteAsync();

    public void Cut()
    {
        towardsServer.Writer.Complete(new IOException("Cut."));
        fromServer.Reader.CancelPendingRead();
    }
}
