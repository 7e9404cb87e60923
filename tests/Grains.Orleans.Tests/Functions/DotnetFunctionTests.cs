using Grains.Functions;
using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;

namespace Grains.Orleans.Tests.Functions;

/// <summary>.NET functions that are not the same at every silo.</summary>
public sealed class DotnetFunctionTests
{
    private int _silos;

    [Fact]
    public async Task A_dotnet_function_that_one_silo_has_runs_although_connections_offer_its_name()
    {
        await using var test = FunctionCluster.Start(functions: table =>
        {
            if (Interlocked.Increment(ref _silos) > 1)
                return;
            table.Add(new FunctionOffer("decided by a's") { Locs = ["server"] }, () => "server");
            table.Add(new FunctionOffer("decided by b's") { Locs = ["server"] }, () => "server");
        });
        foreach (var name in new[] { "a", "b" })
        {
            var function = $"decided by {name}'s";
            Assert.Equal("server", await RanByAsync(test, name == "a" ? "b" : "a", function, "server"));
            var provider = await test.ProviderAsync(name, new FunctionOffer(function) { Locs = ["connection"] }, _ => CallReply.Ok(Value.From("connection")));
            foreach (var caller in new[] { "a", "b" })
            {
                foreach (var tag in new[] { "server", "connection" })
                    Assert.Equal(tag, await RanByAsync(test, caller, function, tag));
                Assert.Equal("FunctionNotFound", await RanByAsync(test, caller, function, "mars"));
            }

            var toConnection = new FunctionCall(function) { Locs = ["server"], Target = provider };
            Assert.Equal(ErrorCode.FunctionNotFound, (await test.CallAsync(toConnection)).Error);
            Assert.Equal(2, (await test.Engine.ListAsync(function)).Length);
        }
    }

    [Fact]
    public async Task A_call_by_tags_finds_the_silo_whose_dotnet_function_has_them()
    {
        await using var test = FunctionCluster.Start(functions: table =>
        {
            var tag = $"silo {Interlocked.Increment(ref _silos)}";
            table.Add(new FunctionOffer("f") { Locs = [tag] }, () => tag);
        });
        await CheckAsync();
        await test.ProviderAsync("a", new FunctionOffer("f") { Locs = ["connection"] });
        await CheckAsync();

        async Task CheckAsync()
        {
            foreach (var caller in new[] { "a", "b" })
            {
                foreach (var tag in new[] { "silo 1", "silo 2" })
                    Assert.Equal(tag, await RanByAsync(test, caller, "f", tag));
                Assert.Equal("FunctionNotFound", await RanByAsync(test, caller, "f", "mars"));
            }
        }
    }

    private static async Task<string> RanByAsync(FunctionsUnderTest test, string caller, string function, string tag)
    {
        var reply = await test.CallAsync(new FunctionCall(function) { Locs = [tag] }, await test.ConnectAsync(caller));
        return reply.Error == ErrorCode.None ? reply.Result.As<string>()! : reply.Error.ToString();
    }
}
