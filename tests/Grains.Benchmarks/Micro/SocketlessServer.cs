using System.Buffers;
using System.Text;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Protocols.Native;
using Grains.Gateway.Transports;
using Grains.Gateway.Transports.Tcp;
using Grains.Local;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grains.Benchmarks.Micro;

/// <summary>The server with one connection and no socket: bytes in, bytes out, through framing, envelope, engine and writer, on the caller's
/// thread.</summary>
internal sealed class SocketlessServer
{
    private readonly FedStream _stream = new();
    private readonly Task<bool> _running;

    /// <param name="webSocket">WebSocket frames, or length prefixes.</param>
    public SocketlessServer(bool webSocket)
    {
        var connections = new ConnectionTable();
        var settings = new EngineSettings();
        var engine = new LocalEngine(settings, TimeProvider.System, connections, new FunctionTable());
        var limits = new GatewayLimits();
        var runner = new ConnectionRunner(new ConnectionServices(engine, connections, limits, null, TimeProvider.System, NullLogger.Instance));
        var graphs = new GraphRunner(engine.Functions, engine.Topics, TimeProvider.System, settings.Functions);
        var protocol = new ProtocolCatalogue(new NativeOptions(graphs, "0")).Native;
        IMessageFraming framing = webSocket
            ? new Gateway.Transports.WebSockets.WebSocketFraming(limits.MessageBytesMax)
            : new LengthPrefixFraming(limits.MessageBytesMax);
        var channel = new ByteChannel(_stream, _stream, static () => throw new InvalidOperationException("The connection was cut."));
        var info = new ConnectionInfo("native", "none", "");
        _running = runner.RunAsync(channel, info, protocol, framing, authenticated: false, CancellationToken.None);
    }

    /// <summary>As a client of this kind of connection sends it.</summary>
    public static byte[] Frame(bool webSocket, string message)
    {
        var frame = new ArrayBufferWriter<byte>();
        if (webSocket)
            Wire.WebSocketFraming.Write(frame, Encoding.UTF8.GetBytes(message));
        else
            Wire.TcpFraming.Write(frame, Encoding.UTF8.GetBytes(message));
        return frame.WrittenSpan.ToArray();
    }

    /// <summary>Sends a burst, and returns what was answered to it.</summary>
    public ReadOnlySpan<byte> Ask(ReadOnlyMemory<byte> burst)
    {
        _stream.Feed(burst);
        return _stream.Written;
    }

    /// <summary>Fails when a request was not answered at once and with success: the benchmark would measure something else.</summary>
    public void Check(ReadOnlyMemory<byte> burst, int answers)
    {
        var answer = Encoding.UTF8.GetString(Ask(burst));
        if (_running.IsCompleted || answer.Split("\"status\":\"hit\"").Length != answers + 1)
            throw new InvalidOperationException($"The server answered: {answer}");
    }
}
