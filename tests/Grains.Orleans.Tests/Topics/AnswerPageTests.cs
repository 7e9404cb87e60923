using System.Collections.Immutable;
using Grains.Orleans.Cluster;
using Grains.Orleans.Tests.Cluster;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Topics;
using Grains.Topics.Subscriptions;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Topics;

/// <summary>What silos answer each other has what was asked for, and never more than a page of it.</summary>
public sealed class AnswerPageTests : IDisposable
{
    private readonly ManualTime _time = new();
    private readonly KnownSilos _known = new(NullLogger<Silos>.Instance);
    private readonly HostedTopics _hosted;

    public AnswerPageTests()
    {
        var clock = new TopicClock(_time);
        _hosted = new HostedTopics(new TopicOptions(), _time, clock, silo => SiloOutbox.ToItself(silo, _ => null));
    }

    [Fact]
    public void A_wildcard_is_answered_with_the_topics_that_match_in_pages_by_name()
    {
        for (var i = 0; i < 10_000; i++)
            Publish(i % 2 == 0 ? $"even.{i}" : $"odd.{i}");
        var interest = Enter("even.*");
        var pages = Pages(interest);
        Assert.Equal(2, pages.Count);
        Assert.Equal(
            Enumerable.Range(0, 5_000).Select(i => $"even.{2 * i}").Order(StringComparer.Ordinal),
            pages.SelectMany(page => page.Topics).Select(topic => topic.Topic));
    }

    [Fact]
    public void A_page_of_long_names_has_fewer()
    {
        for (var i = 0; i < 1_000; i++)
            Publish($"{i}.{new string('x', 1_000)}");
        var pages = Pages(Enter("#"));
        Assert.True(pages.Count > 3);
        Assert.Equal(1_000, pages.SelectMany(page => page.Topics).Select(topic => topic.Topic).Distinct().Count());
    }

    [Fact]
    public void Names_without_wildcards_are_answered_alone()
    {
        foreach (var topic in new[] { "a", "b", "c" })
            Publish(topic);
        var page = Assert.Single(Pages(Enter("c", "a", "none", "a")));
        Assert.Equal(["a", "c"], page.Topics.Select(topic => topic.Topic));
    }

    [Fact]
    public async Task The_subscriptions_of_a_silo_are_told_in_pages_each_once()
    {
        var interests = new SiloInterests(_hosted, _known.Silos, null!);
        var budgets = new TopicBudgetOptions();
        var connection = new SubscriberConnection(new ConnectionId("c"), new RecordingConnections(), _ => { }, budgets, new NodeQueues(1));
        for (var i = 0; i < 10; i++)
        {
            var patterns = Enumerable.Range(0, 64).Select(n => new TopicPattern($"{i}.{n}.{new string('x', 900)}")).ToImmutableArray();
            await interests.EnterAsync(new Subscription(connection, new SubscribeCommand($"s{i}", patterns), new TopicOptions()));
        }

        var found = new List<ImmutableArray<Interest>>();
        for (var page = interests.PageAfter(0); !page.IsEmpty; page = interests.PageAfter(page[^1].Id))
            found.Add(page);
        Assert.InRange(found.Count, 3, 10);
        Assert.Equal(10, found.SelectMany(page => page).Select(interest => interest.Id).Distinct().Count());
    }

    public void Dispose()
    {
        _hosted.Dispose();
        _known.Dispose();
    }

    private void Publish(string topic) =>
        Assert.Equal(ErrorCode.None, _hosted.Host.Publish(default, new TopicMessage(topic, Value.Null), null).Error);

    private Interest Enter(params string[] patterns)
    {
        var interest = new Interest(1, [.. patterns.Select(pattern => new TopicPattern(pattern))]);
        _hosted.Enter(_known.SiloAddress, interest);
        return interest;
    }

    private List<StandingReply> Pages(Interest interest)
    {
        var pages = new List<StandingReply>();
        string? after = null;
        do
        {
            pages.Add(_hosted.Standing(_known.SiloAddress, [interest], beginsAtUs: 0, after));
            after = pages[^1].After;
        }
        while (after is not null);
        return pages;
    }
}
