using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Peers;

/// <summary>Everybody who can be compared, by name.</summary>
internal sealed class Sides
{
    public const string GrainsTcp = "grains-tcp";
    public const string GrainsWebSocket = "grains-ws";
    public const string BaselineTcp = "baseline-tcp";
    public const string BaselineWebSocket = "baseline-ws";
    public const string Redis = "redis";
    public const string Nats = "nats";
    public const string EchoTcp = "echo-tcp";
    public const string EchoWebSocket = "echo-ws";
    public const string EchoRaw = "echo-ws-raw";

    private readonly Dictionary<string, Side> _sides = [];

    /// <param name="server">The server's path.</param>
    /// <param name="baseline">Another build's, or null.</param>
    public Sides(string server, string? baseline)
    {
        var grains = new GrainsProgram("Grains", server);
        Add(GrainsTcp, "Grains, TCP", grains, GrainsProgram.TcpPort, new NativeDialect<TcpFraming>(), SideTransport.Tcp);
        Add(GrainsWebSocket, "Grains, WebSocket", grains, GrainsProgram.HttpPort, new NativeDialect<WebSocketFraming>(), SideTransport.WebSocket);
        if (baseline is not null)
        {
            var before = new GrainsProgram("baseline", baseline);
            Add(BaselineTcp, "baseline, TCP", before, GrainsProgram.TcpPort, new NativeDialect<TcpFraming>(), SideTransport.Tcp);
            Add(BaselineWebSocket, "baseline, WebSocket", before, GrainsProgram.HttpPort, new NativeDialect<WebSocketFraming>(), SideTransport.WebSocket);
        }

        Add(Redis, "Redis", new RedisProgram(), 0, new RespDialect(), SideTransport.Own);
        Add(Nats, "NATS", new NatsProgram(), 0, new NatsDialect(), SideTransport.Own);
        var echo = new EchoProgram();
        Add(EchoTcp, "Kestrel echo, TCP", echo, EchoProgram.TcpPort, new EchoDialect<TcpFraming>("/"), SideTransport.Tcp);
        Add(EchoWebSocket, "Kestrel echo, ASP.NET WebSocket", echo, EchoProgram.HttpPort, new EchoDialect<WebSocketFraming>("/"), SideTransport.WebSocket);
        Add(EchoRaw, "Kestrel echo, WebSocket frames", echo, EchoProgram.HttpPort, new EchoDialect<WebSocketFraming>(EchoServer.RawPath), SideTransport.WebSocket);
    }

    public IEnumerable<Side> All => _sides.Values;

    public IEnumerable<IServerProgram> Programs => All.Select(side => side.Program).Distinct();

    public Side this[string name] => _sides[name];

    /// <summary>The baseline is there only when it was asked for.</summary>
    public bool Has(string name) => _sides.ContainsKey(name);

    /// <summary>The other build's side, for a side of the server's, when there is one.</summary>
    public string? BaselineOf(string name) => name switch
    {
        GrainsTcp when Has(BaselineTcp) => BaselineTcp,
        GrainsWebSocket when Has(BaselineWebSocket) => BaselineWebSocket,
        _ => null,
    };

    private void Add(string name, string title, IServerProgram program, int port, Dialect dialect, SideTransport transport) =>
        _sides.Add(name, new Side(name, title, program, port, dialect, transport));
}
