using Grains.Client;
using Grains.Client.Connections;

namespace Grains.Tests.Client;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task A_silent_server_is_asked_for_a_sign_of_life_and_then_given_up()
    {
        await using var server = FakeServer.Tcp();
        var time = new ManualTime();
        await using var client = new GrainsClient(new GrainsClientOptions(server.Endpoint)
        {
            Time = time,
            Connection = new GrainsClientConnectionOptions
            {
                HeartbeatInterval = TimeSpan.FromSeconds(20),
                ReconnectDelayMin = TimeSpan.Zero,
                ReconnectDelayMax = TimeSpan.Zero,
            },
        });
        var first = await server.AcceptAsync();
        await client.ConnectAsync();
        time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal("PING", await first.ReadTextAsync());
        time.Advance(TimeSpan.FromSeconds(20));
        await server.AcceptAsync();
    }

    [Fact]
    public void The_wait_before_a_reconnect_is_drawn_below_a_bound_that_doubles()
    {
        var options = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.FromSeconds(1), ReconnectDelayMax = TimeSpan.FromSeconds(5) };
        var delay = new ReconnectDelay(options.ReconnectDelayMin, options.ReconnectDelayMax, new Largest());
        Assert.Equal(new double[] { 1, 2, 4, 5, 5 }, Enumerable.Range(0, 5).Select(_ => Math.Round(delay.Next().TotalSeconds, 3)));
        delay.Reset();
        Assert.Equal(1, Math.Round(delay.Next().TotalSeconds, 3));
    }

    [Fact]
    public void The_longest_wait_before_a_reconnect_stays_what_it_is_however_often_it_has_doubled()
    {
        var day = TimeSpan.FromDays(1);
        var delay = new ReconnectDelay(day, day, new Largest());
        Assert.All(Enumerable.Range(0, 40), _ => Assert.InRange(delay.Next(), day - TimeSpan.FromSeconds(1), day));
    }

    private sealed class Largest : Random
    {
        public override double NextDouble() => 0.999999;
    }
}
