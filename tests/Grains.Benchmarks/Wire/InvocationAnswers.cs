using System.Buffers;

namespace Grains.Benchmarks.Wire;

/// <summary>A provider of the native protocol: answers each <c>rpc-invoke</c> with one result.
/// <code>
/// {"role":"rpc-invoke","u":ID,…}   is answered by   {"role":"rpc-result","u":ID,"result":R}
/// </code></summary>
/// <param name="result">JSON.</param>
internal sealed class InvocationAnswers<TFraming>(byte[] result) : MessageScanner<TFraming>
    where TFraming : struct, IFraming
{
    private readonly ArrayBufferWriter<byte> _message = new();

    private static ReadOnlySpan<byte> Begin => "{\"role\":\"rpc-invoke\",\"u\":\""u8;

    protected override void OnMessage(ReadOnlySpan<byte> message)
    {
        if (!message.StartsWith(Begin))
            throw Wrong(message);
        var id = message[Begin.Length..];
        id = id[..id.IndexOf((byte)'"')];
        _message.ResetWrittenCount();
        _message.Write("{\"role\":\"rpc-result\",\"u\":\""u8);
        _message.Write(id);
        _message.Write("\",\"result\":"u8);
        _message.Write(result);
        _message.Write("}"u8);
        TFraming.Write(Outgoing, _message.WrittenSpan);
    }
}
