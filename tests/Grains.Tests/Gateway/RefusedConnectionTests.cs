using System.Collections.Concurrent;
using System.IO.Pipelines;
using Grains.Gateway.Connections;
using Grains.Gateway.Transports.Tcp;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Gateway;

/// <summary>Connections past the limit: what they are told, and what the log says of them.</summary>
public sealed class RefusedConnectionTests
{
    [Fact]
    public async Task A_client_that_leaves_while_it_is_refused_is_no_fault()
    {
        await using var door = await FullDoorAsync(new Lines());
        var (transport, _) = Pair();
        await using var connection = new DefaultConnectionContext("c") { Transport = transport, ConnectionClosed = new CancellationToken(canceled: true) };
        await new LengthPrefixConnectionHandler(door.Runner, door.Protocol).OnConnectedAsync(connection);
    }

    [Fact]
    public async Task A_refused_client_is_told_why()
    {
        await using var door = await FullDoorAsync(new Lines());
        var (transport, application) = Pair();
        await using var connection = new DefaultConnectionContext("c") { Transport = transport };
        await new LengthPrefixConnectionHandler(door.Runner, door.Protocol).OnConnectedAsync(connection);
        var read = await application.Input.ReadAsync();
        Assert.Contains("1305", System.Text.Encoding.UTF8.GetString(System.Buffers.BuffersExtensions.ToArray(read.Buffer)));
    }

    [Fact]
    public async Task Many_refused_connections_are_one_line_of_the_log_in_a_second()
    {
        var lines = new Lines();
        await using var door = await FullDoorAsync(lines);
        for (var i = 0; i < 100; i++)
            Assert.False(await door.Connect().Ended);
        Assert.Single(lines.Warnings);
        door.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(await door.Connect().Ended);
        Assert.Equal(2, lines.Warnings.Count);
        Assert.StartsWith("100 ", lines.Warnings.Last());
    }

    private static async Task<Door> FullDoorAsync(ILogger logger)
    {
        var door = new Door(new GatewayLimits { ConnectionsMax = 1 }, logger: logger);
        await door.Connect().AskAsync("""{"role":"rpc","u":"1","cmds":[]}""");
        return door;
    }

    private static (IDuplexPipe Transport, IDuplexPipe Application) Pair()
    {
        var (fromClient, towardsClient) = (new Pipe(), new Pipe());
        return (new Half(fromClient.Reader, towardsClient.Writer), new Half(towardsClient.Reader, fromClient.Writer));
    }

    private sealed record Half(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> Warnings { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Warnings.Enqueue(formatter(state, exception));
    }
}
