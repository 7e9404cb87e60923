using Grains.Orleans.Tests.Cluster;

namespace Grains.Orleans.Tests.Client;

/// <summary>Answers of the session's silo get lost; what was asked is done once.</summary>
public sealed class LostAnswerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    [Fact]
    public async Task A_call_whose_beginning_is_not_acknowledged_ends_with_its_answer_and_runs_once()
    {
        var link = new Hindrance();
        await using var cluster = await ClientCluster.StartAsync(silos: 1, link: link);
        var runs = 0;
        await using var counting = await ClientCluster.GrainsOf(cluster.Cluster.Silos[0]).Functions.OfferAsync(
            "count", () => Interlocked.Increment(ref runs));
        Assert.Equal("hi", await cluster.Functions.CallAsync<string>("echo", "hi"));
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var asked = 0;
        link.After($"{nameof(ISessionGrain)}.{nameof(ISessionGrain.CallAsync)}", () =>
            Interlocked.Increment(ref asked) == 1 ? answer.Task : Task.CompletedTask);

        Assert.Equal(1, await cluster.Functions.CallAsync<int>("count").AsTask().WaitAsync(Patience));
        answer.SetException(new TimeoutException());
        Assert.Equal(2, await cluster.Functions.CallAsync<int>("count").AsTask().WaitAsync(Patience));
        Assert.Equal(2, runs);
    }
}
