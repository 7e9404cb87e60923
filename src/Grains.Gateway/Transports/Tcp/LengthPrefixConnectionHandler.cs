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
        // TLS stands between the socket and the bytes.
        if (transport == "tcp" && connection.Features.Get<EpollConnection>() is { } socket)
            await socket.TakeAsync(channel => ServeAsync(channel, info));
        else
            await ServeAsync(ByteChannel.From(connection.Transport, connection.Abort), info);
    }

    private async Task ServeAsync(ByteChannel channel, ConnectionInfo info)
    {
        var framing = new LengthPrefixFraming(runner.Services.Limits.MessageBytesMax);
        try
        {
            // Not until the peer's end, which also comes when the client has ended its half: what it sent before is still answered.
            var served = await runner.RunAsync(channel, info, protocol, framing, authenticated: false, CancellationToken.None);
            if (!served && protocol is IRefusal refusal)
                await RefuseAsync(channel.Output, framing, runner.IsStopping ? refusal.Stopping : refusal.TooManyConnections);
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            ConnectionLog.RefusalNotTaken(runner.Services.Logger, info.Transport, exception.GetType().Name);
        }
    }

    private async Task RefuseAsync(Stream output, LengthPrefixFraming framing, ReadOnlyMemory<byte> message)
    {
        using var patience = new CancellationTokenSource(runner.Services.Limits.HandshakeTimeout);
        var frame = new byte[framing.HeaderBytes(message.Length) + message.Length];
        framing.WriteHeader(frame, message.Length);
        message.CopyTo(frame.AsMemory(framing.HeaderBytes(message.Length)));
        await output.WriteAsync(frame, patience.Token);
    }
}
