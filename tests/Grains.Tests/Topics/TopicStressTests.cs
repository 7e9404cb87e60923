namespace Grains.Tests.Topics;

/// <summary>
/// Topics with everything at once: 1,000 subscriptions with all starts on exact topics and patterns, queues shorter than the replay, readers of
/// all speeds, each connection cut and resumed once, publishers at full speed. Afterwards a model that shares no code with the engine
/// accounts for each subscription's every message.
/// </summary>
public sealed class TopicStressTests
{
    /// <summary>With <c>GRAINS_LONG=1</c> more seeds are run.</summary>
    private static readonly int Rounds = Environment.GetEnvironmentVariable("GRAINS_LONG") == "1" ? 20 : 1;

    [Fact]
    public Task Lagging_readers_of_topics_that_keep_all_miss_nothing() => RunAsync(seed => new StressPlan(seed));

    [Fact]
    public Task Readers_of_topics_that_keep_little_are_told_exactly_what_they_miss() =>
        RunAsync(seed => new StressPlan(seed + 1) { KeptMessages = 40 });

    [Fact]
    public Task Rules_that_drop_tell_exactly_what_they_dropped() =>
        RunAsync(seed => new StressPlan(seed + 2) { Drops = true });

    [Fact]
    public Task Rules_that_drop_and_topics_that_are_deleted_and_keep_little_tell_all_of_it() =>
        RunAsync(seed => new StressPlan(seed + 3) { KeptMessages = 60, Drops = true, Deletes = true });

    private static async Task RunAsync(Func<int, StressPlan> planOf)
    {
        for (var round = 0; round < Rounds; round++)
        {
            var plan = planOf(20_260_000 + (100 * round));
            try
            {
                await using var run = new StressRun(plan);
                await run.RunAsync();
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"The stress failed with {plan}: {problem.Message}", problem);
            }
        }
    }
}
