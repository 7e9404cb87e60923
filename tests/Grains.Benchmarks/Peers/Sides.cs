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
        AddGrains(GrainsTcp, GrainsWebSocket, new GrainsProgram("Grains", server));
        if (baseline is not null)
            AddGrains(BaselineTcp, BaselineWebSocket, new GrainsProgram("baseline", baseline));
        Add(new Side(Redis, "Redis", new RedisProgram(), 0, new RespDialect(), SideTransport.Own));
        Add(new Side(Nats, "NATS", new NatsProgram(), 0, new NatsDialect(), SideTransport.Own));
        AddEchoes(new EchoProgram());
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

    private void AddGrains(string tcp, string webSocket, GrainsProgram program)
    {
        var (prefixed, framed) = (new NativeDialect<TcpFraming>(), new NativeDialect<WebSocketFraming>());
        Add(new Side(tcp, program.Name + ", TCP", program, GrainsProgram.TcpPort, prefixed, SideTransport.Tcp));
        Add(new Side(webSocket, program.Name + ", WebSocket", program, GrainsProgram.HttpPort, framed, SideTransport.WebSocket));
    }

    private void AddEchoes(EchoProgram program)
    {
        Add(new Side(EchoTcp, "Kestrel echo, TCP", program, EchoProgram.TcpPort, new EchoDialect<TcpFraming>("/"), SideTransport.Tcp));
        var (asp, raw) = (new EchoDialect<WebSocketFraming>("/"), new EchoDialect<WebSocketFraming>(EchoServer.RawPath));
        Add(new Side(EchoWebSocket, "Kestrel echo, ASP.NET WebSocket", program, EchoProgram.HttpPort, asp, SideTransport.WebSocket));
        Add(new Side(EchoRaw, "Kestrel echo, WebSocket frames", program, EchoProgram.HttpPort, raw, SideTransport.WebSocket));
    }

    private void Add(Side side) => _sides.Add(side.Name, side);
}
