using Grains.Gateway.Hosting;
using Grains.Orleans;
using Grains.Tests.Hosting;

namespace Grains.Orleans.Tests;

/// <summary>A build without Orleans says so, once, to whoever asks for the engine.</summary>
public sealed class LeftOutTests
{
    [Fact]
    public async Task A_server_that_is_told_to_use_the_engine_refuses_to_start_and_says_why()
    {
        var refusal = await Assert.ThrowsAsync<GrainsSettingsException>(() => TestServer.StartAsync(
            new Dictionary<string, string> { ["Engine"] = "orleans" }, configure: builder => builder.AddOrleansEngine()));

        Assert.Contains("The Orleans engine was left out of this build", Assert.Single(refusal.Errors), StringComparison.Ordinal);
    }

    [Fact(Skip = "The package sources do not have Orleans: the engine's own suite is not part of this build.")]
    public void The_Orleans_suite()
    {
    }
}
