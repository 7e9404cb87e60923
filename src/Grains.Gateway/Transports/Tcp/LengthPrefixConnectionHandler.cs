using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
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
        var channel = ByteChannel.From(connection.Transport, connection.Abort);
        // Not until ConnectionClosed, which also tells that the client has ended its half: what it sent before is still answered.
        if (await runner.RunAsync(channel, info, protocol, framing, authenticated: false, CancellationToken.None))
            return;
        if (protocol is not IRefusal refusal)
            return;
        try
        {
            await RefuseAsync(connection, framing, runner.IsStopping ? refusal.Stopping : refusal.TooManyConnections);
        }
        catch (Exception exception) when (ConnectionFault.IsPeersOwn(exception))
        {
            ConnectionLog.RefusalNotTaken(runner.Services.Logger, transport, exception.GetType().Name);
        }
    }

    private static async Task RefuseAsync(ConnectionContext connection, LengthPrefixFraming framing, ReadOnlyMemory<byte> message)
    {
        var frame = new byte[framing.HeaderBytes(message.Length) + message.Length];
        framing.WriteHeader(frame, message.Length);
        message.CopyTo(frame.AsMemory(framing.HeaderBytes(message.Length)));
        await connection.Transport.Output.WriteAsync(frame, connection.ConnectionClosed);
    }
}
