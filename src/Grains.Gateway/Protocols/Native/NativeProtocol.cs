using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native;

/// <summary>The native protocol: JSON messages as its README describes them. Holds what its connections share.</summary>
public sealed class NativeProtocol(NativeOptions options) : IProtocol, IRefusal
{
    private static readonly byte[] FullRefusal = Refusal(
        """{"code":1305,"message":"The server holds as many connections as it may.","details":null}"""u8);

    private static readonly byte[] StoppingRefusal = Refusal("""{"code":1401,"message":"The server is stopping.","details":null}"""u8);

    public string Name => "native";

    public ReadOnlyMemory<byte> TooManyConnections => FullRefusal;

    public ReadOnlyMemory<byte> Stopping => StoppingRefusal;

    internal NativeOptions Options { get; } = options;

    internal KeyTable Keys { get; } = new();

    internal TextTable Texts { get; } = new();

    internal EncodedRecords Encoded { get; } = new(NotificationJson.Encode);

    public IProtocolSession Open(SessionContext context) => new NativeSession(this, context);

    private static byte[] Refusal(ReadOnlySpan<byte> error) =>
    [
        .. """{"role":"rpc-response","r":null,"error":"""u8,
        .. error,
        .. ""","u":"unknown","intermediate_results":[],"execution_summary":null}"""u8,
    ];
}
