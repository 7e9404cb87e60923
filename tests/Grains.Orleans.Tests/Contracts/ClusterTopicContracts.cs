using Grains.Orleans.Tests.Cluster;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Orleans.Tests.Contracts;

/// <summary>The topic contracts on two silos, with the connections spread over both.</summary>
public static class ClusterTopicContracts
{
    public sealed class Publishing : TopicPublishContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Patterns : TopicPatternContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Starts : TopicStartContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Resuming : TopicResumeContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Gaps : TopicGapContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Credit : TopicCreditContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Logs : TopicLogContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Reads : TopicReadContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class OpIds : TopicOpIdContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Presence : TopicPresenceContract
    {
        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }

    public sealed class Limits : TopicLimitContract
    {
        /// <summary>The limit is each silo's: which one fills first is chance.</summary>
        [Fact]
        public override async Task Topics_are_limited_in_number()
        {
            await using var world = Start(new TopicOptions { TopicsMax = 3 });
            var made = 0;
            while ((await world.Topics.PublishAsync(default, new TopicMessage($"t{made}", Value.Null))).Error == ErrorCode.None && made < 7)
                made++;
            Assert.InRange(made, 3, 6);
        }

        protected override TopicsUnderTest Start(TopicOptions? options) => TopicCluster.Start(options);
    }
}
