using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Transports.Epoll;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Grains.Gateway.Transports.Tcp;

/// <summary>A TCP or TLS listener whose connections speak a protocol of whole messages in length-prefixed frames.</summary>
public sealed class LengthPrefixConnectionHandler(ConnectionRunner runner, IProtocol protocol) : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        var transport = connection.Features.Get<ITlsHandshakeFeature>() is null ? "tcp" : "tcps";
        var info = new ConnectionInfo(protocol.Name, transport, connection.RemoteEndPoint?.ToString() ?? "");
        var framing = new LengthPrefixFraming(runner.Services.Limits.MessageBytesMax);
        // TLS stands between the socket and the bytes.
        var channel = transport == "tcp" && connection.Features.Get<EpollConnection>() is { } socket
            ? await socket.TakeAsync()
            : ByteChannel.From(connection.Transport, connection.Abort);
        // Not until ConnectionClosed, which also tells that the client has ended its half: what it sent before is still answered.
        if (await runner.RunAsync(channel, info, protocol, framing, authenticated: false, CancellationToken.None))
            return;
        if (protocol is not IRefusal refusal)
            return;
        try
        {
            await RefuseAsync(connection, channel.Output, framing, runner.IsStopping ? refusal.Stopping : refusal.TooManyConnections);
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            ConnectionLog.RefusalNotTaken(runner.Services.Logger, transport, exception.GetType().Name);
        }
    }

    private static async Task RefuseAsync(
        ConnectionContext connection, Stream output, LengthPrefixFraming framing, ReadOnlyMemory<byte> message)
    {
        var frame = new byte[framing.HeaderBytes(message.Length) + message.Length];
        framing.WriteHeader(frame, message.Length);
        message.CopyTo(frame.AsMemory(framing.HeaderBytes(message.Length)));
        await output.WriteAsync(frame, connection.ConnectionClosed);
    }
}
