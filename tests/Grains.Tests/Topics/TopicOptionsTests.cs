using Grains.Topics;

namespace Grains.Tests.Topics;

public sealed class TopicOptionsTests
{
    [Fact]
    public void The_defaults_are_as_documented()
    {
        var options = new TopicOptions();
        Assert.Equal(1_024, options.TopicCharsMax);
        Assert.Equal(100_000, options.TopicsMax);
        Assert.Equal(1_000, options.SubscriptionsPerConnectionMax);
        Assert.Equal(64, options.PatternsPerSubscriptionMax);
        Assert.Equal(1_000, options.QueueMessagesMax);
        Assert.Equal(8 * 1024 * 1024, options.QueueBytesMax);
        Assert.Equal(1_000, options.OpIdsPerTopicMax);
        Assert.Equal(255, options.Names.TextCharsMax);
        Assert.Equal((64L << 20, 64L << 20, 1L << 30), (options.Budgets.OpIdBytesMax, options.Budgets.QueueBytesPerConnectionMax, options.Budgets.QueuesBytesMax));
        Assert.Equal(8L << 20, options.Budgets.QueueBytesGuaranteed);
        Assert.Equal((16, 200_000, 100_000), (options.Budgets.GapsInRowMax, options.Budgets.FeedsPerConnectionMax, options.Budgets.ResumeTopicsPerConnectionMax));
        Assert.Equal(TimeSpan.FromMinutes(5), options.OpIdKeepFor);
        Assert.Equal(TimeSpan.FromSeconds(5), options.JanitorPeriod);
        Assert.Equal(TopicRetention.Default, options.DefaultRetention);
        Assert.Empty(options.Validate());
    }

    [Fact]
    public void Every_setting_that_makes_no_sense_is_named()
    {
        var options = new TopicOptions
        {
            TopicCharsMax = 0,
            TopicsMax = 0,
            SubscriptionsPerConnectionMax = 0,
            PatternsPerSubscriptionMax = 0,
            Names = new TopicNameOptions { WordsMax = 0, ManyWordsMax = 0, PatternsPerConnectionMax = 0, TextCharsMax = 254 },
            Budgets = new TopicBudgetOptions
            {
                OpIdBytesMax = 0, QueueBytesPerConnectionMax = 0, QueueBytesGuaranteed = 0, QueuesBytesMax = 0, GapsInRowMax = 0, FeedsPerConnectionMax = 0,
                ResumeTopicsPerConnectionMax = 0,
            },
            MemoryBytesMax = 0,
            QueueMessagesMax = 0,
            QueueBytesMax = 0,
            OpIdsPerTopicMax = 0,
            OpIdKeepFor = TimeSpan.Zero,
            DefaultRetention = new TopicRetention { BytesMax = -1 },
            JanitorPeriod = TimeSpan.Zero,
        };
        var names = options.Validate().Select(error => error.Split(' ', ':')[2]).Distinct().Order();
        Assert.Equal(typeof(TopicNameOptions).GetProperties().Length, options.Validate().Count(error => error.Contains(":Names:", StringComparison.Ordinal)));
        Assert.Equal(typeof(TopicBudgetOptions).GetProperties().Length, options.Validate().Count(error => error.Contains(":Budgets:", StringComparison.Ordinal)));
        Assert.Equal(typeof(TopicOptions).GetProperties().Select(property => property.Name).Order(), names);
    }
}
