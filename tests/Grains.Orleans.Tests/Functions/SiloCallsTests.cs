using Grains.Orleans.Cluster;
using Grains.Orleans.Functions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Serialization;

namespace Grains.Orleans.Tests.Functions;

/// <summary>A silo that does not answer is an answer, not a fault.</summary>
public sealed class SiloCallsTests
{
    private static readonly NodeLostException Lost = new("The silo does not answer.", new TimeoutException());

    [Fact]
    public async Task A_call_is_answered_that_the_node_is_lost()
    {
        var asks = new SiloCalls(NullLogger.Instance);
        Assert.Equal(ErrorCode.NodeLost, (await asks.AskAsync(() => throw Lost)).Error);
        // As the functions do that every server has: they ask through the user's port.
        Assert.Equal(ErrorCode.NodeLost, (await asks.AskAsync(() => SiloCalls.OrThrowAsync<CallReply>(() => throw Lost))).Error);
    }

    [Fact]
    public async Task A_user_gets_the_exception_of_the_user_API()
    {
        var error = await Assert.ThrowsAsync<GrainsException>(() => SiloCalls.OrThrowAsync<int>(() => throw Lost));
        Assert.Equal(ErrorCode.NodeLost, error.Code);
    }

    [Fact]
    public async Task An_Orleans_client_sees_what_it_is()
    {
        using var services = new ServiceCollection().AddSerializer(serializer => serializer.AddAssembly(typeof(OrleansNames).Assembly)).BuildServiceProvider();
        var serializer = services.GetRequiredService<Serializer>();
        // As the grain throws it that clients ask.
        var lost = NodeLostException.Of(await Assert.ThrowsAsync<GrainsException>(() => SiloCalls.OrThrowAsync<int>(() => throw Lost)));
        var error = serializer.Deserialize<Exception>(serializer.SerializeToArray<Exception>(lost))!;
        Assert.True(NodeLostException.IsOne(error));
        Assert.Equal((typeof(NodeLostException), Lost.Message), (error.GetType(), error.Message));
    }
}
