using System.Net;
using System.Text;
using Grains.Engine;
using Grains.Gateway.Hosting;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Faults;
using Grains.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Orleans.Hosting;

namespace Grains.Orleans.Tests.Client;

/// <summary>A program that is a silo of its own and has a front door too.</summary>
public sealed class FrontDoorOfASiloTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_come_in_to_the_silos_grains_which_have_the_front_doors_settings_and_functions()
    {
        await using var server = await StartAsync(new() { ["Cache:ValueBytesMax"] = "1024" });
        await using var client = await RawTcpClient.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server.Tcp.Port), cancellationToken: Token);

        Assert.Equal("orleans", server.Services.GetRequiredService<IEngine>().Name);
        await AskAsync(client, """{"role":"cache-request","u":"1","operation":"put","key":{"namespace":"n","identifier":"k"},"value":7}""", "hit");
        await AskAsync(client, """{"role":"rpc","u":"2","cmds":[{"name":"r","fun":"twice","args":[21]}]}""", "42");
        var key = server.Services.GetRequiredService<IGrainFactory>().GetKeyGrain(new CacheKey("n", "k"));
        Assert.Equal("7", (await key.ExecuteAsync(CacheCommand.Get)).Value.ToString());
        var tooLong = await key.ExecuteAsync(new CacheCommand("put") { Value = Value.Text(new string('x', 2_000)) });
        Assert.Equal(ErrorCode.ValueTooLarge, tooLong.Error);
    }

    [Fact]
    public async Task Settings_that_name_another_engine_than_the_programs_own_are_refused()
    {
        var error = await Assert.ThrowsAsync<GrainsSettingsException>(() => StartAsync(new() { ["Engine"] = "local" }));

        Assert.Contains("hosts the engine orleans", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_front_door_that_comes_after_the_silo_is_refused()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.UseOrleans(silo => silo.UseLocalhostClustering().AddGrains());

        Assert.Throws<InvalidOperationException>(() => builder.AddGrains());
    }

    private static Task<TestServer> StartAsync(Dictionary<string, string> settings)
    {
        var ports = TwoServers.FreePorts(2);
        return TestServer.StartAsync(
            settings,
            functions: grains => grains.AddFunction("twice", (int number) => 2 * number),
            configure: builder => builder.UseOrleans(silo => silo.UseLocalhostClustering(ports[0], ports[1]).AddGrains()));
    }

    private static async Task AskAsync(RawTcpClient client, string request, string expected)
    {
        await client.SendAsync(Encoding.UTF8.GetBytes(request), Token);
        Assert.Contains(expected, Encoding.UTF8.GetString(await client.ReceiveAsync(Token) ?? []), StringComparison.Ordinal);
    }
}
