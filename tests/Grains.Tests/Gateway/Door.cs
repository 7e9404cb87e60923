using System.IO.Pipelines;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Protocols.Native;
using Grains.Gateway.Transports;
using Grains.Gateway.Transports.Tcp;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grains.Tests.Gateway;

/// <summary>A front door without sockets: clients are pairs of pipes.</summary>
internal sealed class Door : IAsyncDisposable
{
    public Door(GatewayLimits? limits = null, IAuthenticator? authenticator = null, ILogger? logger = null)
    {
        Engine = new FakeEngine(Table, Time);
        Protocol = new NativeProtocol(new NativeOptions(new GraphRunner(Engine, Engine, Time, new FunctionOptions()), "0.0.0"));
        Runner = new ConnectionRunner(new ConnectionServices(Engine, Table, limits ?? new GatewayLimits(), authenticator, Time, logger ?? NullLogger.Instance));
    }

    public ManualTime Time { get; } = new();

    public ConnectionTable Table { get; } = new();

    public FakeEngine Engine { get; }

    public IProtocol Protocol { get; }

    public ConnectionRunner Runner { get; }

    public PipeClient Connect(IMessageFraming? framing = null, bool authenticated = false, PipeOptions? toClient = null)
    {
        var fromClient = new Pipe();
        var towardsClient = new Pipe(toClient ?? PipeOptions.Default);
        var client = new PipeClient(fromClient, towardsClient);
        framing ??= new LengthPrefixFraming(Runner.Services.Limits.MessageBytesMax);
        var channel = new ByteChannel(fromClient.Reader.AsStream(), towardsClient.Writer.AsStream(), client.Cut);
        client.Ended = RunAsync(channel, framing, authenticated, towardsClient.Writer);
        return client;
    }

    public ValueTask DisposeAsync() => Runner.DisposeAsync();

    private async Task<bool> RunAsync(ByteChannel channel, IMessageFraming framing, bool authenticated, PipeWriter towardsClient)
    {
        var served = await Runner.RunAsync(channel, new ConnectionInfo("native", "tcp", ""), Protocol, framing, authenticated, CancellationToken.None);
        await towardsClient.CompleteAsync();
        return served;
    }
}
