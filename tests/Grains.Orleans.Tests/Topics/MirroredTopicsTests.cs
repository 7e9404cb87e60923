using Grains.Engine;
using Grains.Orleans.Topics;
using Grains.Tests;
using Grains.Tests.Contracts;
using Grains.Topics;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Topics;

/// <summary>What a silo keeps of the topics that its connections read: of all of them, and no more than it has memory for.</summary>
public sealed class MirroredTopicsTests : IDisposable
{
    private static readonly ConnectionId Reader = new("reader");

    private readonly ManualTime _time = new();
    private readonly RecordingConnections _connections = new();
    private readonly TopicClock _clock;
    private readonly List<IDisposable> _parts = [];
    private MirroredTopics _mirrors = null!;
    private HostedTopics? _fetchedFrom;
    private int _fetches;
    private bool _isCut;
    private Action? _whileFetching;

    public MirroredTopicsTests() => _clock = new TopicClock(_time);

    [Fact]
    public async Task A_reader_gets_the_topics_of_many_hosts_though_each_has_as_many_as_there_may_be_TopicsMax()
    {
        var options = new TopicOptions { TopicsMax = 2 };
        Mirror(options);
        Subscribe();
        for (var host = 0; host < 3; host++)
        {
            var hosted = Host(options);
            for (var topic = 0; topic < options.TopicsMax; topic++)
                Publish(hosted, $"topic-{host}-{topic}", 10);
            Assert.Equal(ErrorCode.TooManyTopics, hosted.Host.Publish(default, new TopicMessage("more", Value.Null), null).Error);
        }

        var delivered = await _connections.Of(Reader, "s").WaitAsync(6);
        Assert.Equal(6, delivered.Select(item => item.Record!.Message.Topic).Distinct().Count());
    }

    [Fact]
    public async Task Copies_for_a_reader_that_lags_take_no_more_memory_than_there_is_and_it_is_told_what_it_missed_MemoryBytesMax()
    {
        var options = new TopicOptions { MemoryBytesMax = 256 * 1024, QueueMessagesMax = 1 };
        Mirror(options);
        Subscribe();
        var hosts = new[] { Host(new TopicOptions()), Host(new TopicOptions()) };
        const int Messages = 400;
        for (var i = 0; i < Messages; i++)
        {
            Publish(hosts[i % 2], $"topic-{i % 2}", 10_000);
            Assert.InRange(_mirrors.LogBytes, 0, options.MemoryBytesMax);
        }

        Assert.True(_connections.Of(Reader, "s").Count < Messages);
        var taken = 0L;
        while (_connections.Owed(Reader) - taken is var owed and > 0)
        {
            taken += owed;
            _mirrors.Desk.Grant(Reader, owed);
        }

        Assert.Contains(await _connections.Of(Reader, "s").WaitForAccountOfAsync(Messages), item => item.Gap is not null);
    }

    [Fact]
    public async Task A_whole_copy_is_within_the_memory_too_and_what_was_given_back_is_fetched_again_when_it_is_wanted()
    {
        var options = new TopicOptions { MemoryBytesMax = 256 * 1024 };
        Mirror(options);
        var hosted = Host(new TopicOptions());
        for (var i = 0; i < 20; i++)
        {
            Publish(hosted, "a", 10_000);
            Publish(hosted, "b", 10_000);
        }

        _fetchedFrom = hosted;
        foreach (var topic in new[] { "a", "b" })
            await _mirrors.FollowAsync(StandingOf(hosted, topic), whole: true);
        Assert.InRange(_mirrors.LogBytes, 1, options.MemoryBytesMax);
        var before = _fetches;
        await _mirrors.FollowAsync(StandingOf(hosted, "a"), whole: true);
        await _mirrors.FollowAsync(StandingOf(hosted, "b"), whole: true);
        Assert.True(_fetches > before);
        Assert.InRange(_mirrors.LogBytes, 1, options.MemoryBytesMax);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_a_topic_has_that_becomes_known_is_delivered_to_who_has_subscribed_before(bool whole)
    {
        Mirror(new TopicOptions());
        Subscribe();
        _fetchedFrom = Host(new TopicOptions());
        _isCut = true;
        Publish(_fetchedFrom, "a", 10);
        Publish(_fetchedFrom, "a", 10);
        await _mirrors.FollowAsync(StandingOf(_fetchedFrom, "a"), whole);
        Assert.Equal([0, 1], OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(2)));
    }

    [Fact]
    public async Task What_comes_in_a_whole_copy_before_it_is_sent_is_delivered_once_to_who_reads_on()
    {
        var options = new TopicOptions();
        Mirror(options);
        Subscribe();
        _fetchedFrom = Host(options);
        Publish(_fetchedFrom, "a", 10);
        await _connections.Of(Reader, "s").WaitAsync(1);
        // Nobody needs what was delivered: the copy is not whole any more.
        _time.Advance(options.JanitorPeriod);
        _isCut = true;
        Publish(_fetchedFrom, "a", 10);
        await _mirrors.FollowAsync(StandingOf(_fetchedFrom, "a"), whole: true);
        Assert.Equal([0, 1], OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(2)));
        _isCut = false;
        Publish(_fetchedFrom, "a", 10);
        Assert.Equal([0, 1, 2], OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(3)));
    }

    [Fact]
    public async Task A_subscription_gets_what_came_after_its_beginning_though_the_copy_was_begun_for_a_later_one()
    {
        Mirror(new TopicOptions());
        _fetchedFrom = Host(new TopicOptions());
        _mirrors.Desk.Open(Reader);
        Assert.Null(_mirrors.Desk.Enter(Reader, new SubscribeCommand("s", [new TopicPattern("#")]), out var subscription));
        var atUs = _clock.Next();
        _isCut = true;
        Publish(_fetchedFrom, "a", 10);
        await _mirrors.FollowAsync(StandingOf(_fetchedFrom, "a"), whole: false);
        await _mirrors.FollowAsync(StandingOf(_fetchedFrom, "a") with { From = 0 }, whole: false);
        Assert.Equal(ErrorCode.None, _mirrors.Desk.Begin(subscription!, atUs).Error);
        _mirrors.Desk.Activate(Reader, "s");
        Assert.Equal([0], OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(1)));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task What_is_sent_before_the_past_has_come_waits_for_it(bool isOlder, bool isFirst)
    {
        Mirror(new TopicOptions());
        _fetchedFrom = Host(new TopicOptions());
        _isCut = true;
        if (!isOlder)
            Subscribe();
        Publish(_fetchedFrom, "a", 10);
        Publish(_fetchedFrom, "a", 10);
        if (isOlder)
            Subscribe();
        Publish(_fetchedFrom, "a", 10);
        var standing = StandingOf(_fetchedFrom, "a");
        if (isFirst)
            Send(_fetchedFrom, "a");
        else
            _whileFetching = () => Send(_fetchedFrom, "a");
        await _mirrors.FollowAsync(standing, whole: true);
        int[] expected = isOlder ? [2, 3] : [0, 1, 2, 3];
        Assert.Equal(expected.Select(offset => (long)offset), OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(expected.Length)));
    }

    [Fact]
    public async Task A_part_that_holds_more_than_its_host_still_keeps_waits_for_nothing()
    {
        Mirror(new TopicOptions());
        var hosted = Host(new TopicOptions());
        _isCut = true;
        Subscribe();
        Publish(hosted, "a", 10);
        Publish(hosted, "a", 10);
        var page = hosted.Log("a", 0, 0, LogPage.BytesMax);
        var header = page.Log! with { Marks = [], FirstOffset = 1 };
        Assert.Null(_mirrors.Apply(new TopicPart { Topic = "a", Log = header, From = 0, Records = page.Records }));
        Assert.Equal([0, 1], OffsetsOf(await _connections.Of(Reader, "s").WaitAsync(2)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_epoch_that_goes_while_its_past_is_awaited_is_told_as_a_gap(bool ends)
    {
        Mirror(new TopicOptions());
        _fetchedFrom = Host(new TopicOptions());
        _isCut = true;
        Subscribe();
        Publish(_fetchedFrom, "a", 10);
        Send(_fetchedFrom, "a");
        var header = _fetchedFrom.Log("a", 0, 2, LogPage.BytesMax).Log! with { Marks = [] };
        var part = ends
            ? new TopicPart { Topic = "a", Log = header, From = 2, Records = [], Ends = true }
            : new TopicPart { Topic = "a", Log = header with { Epoch = header.Epoch + 1, FirstOffset = 0, NextOffset = 0 }, From = 0, Records = [] };
        Assert.Null(_mirrors.Apply(part));
        Assert.Contains(await _connections.Of(Reader, "s").WaitAsync(1), item => item.Gap is { From: 0 });
    }

    [Fact]
    public async Task A_past_that_cannot_be_had_is_told_as_a_gap_and_what_follows_comes()
    {
        Mirror(new TopicOptions());
        _fetchedFrom = Host(new TopicOptions());
        _isCut = true;
        Subscribe();
        Publish(_fetchedFrom, "a", 10);
        var standing = StandingOf(_fetchedFrom, "a");
        _whileFetching = () =>
        {
            Send(_fetchedFrom, "a");
            throw new InvalidOperationException("The host does not answer.");
        };
        await Assert.ThrowsAsync<InvalidOperationException>(() => _mirrors.FollowAsync(standing, whole: true));
        var delivered = await _connections.Of(Reader, "s").WaitAsync(2);
        Assert.Equal((0, 1), (delivered[0].Gap!.From, delivered[0].Gap!.To));
        Assert.Equal(1, delivered[1].Record!.Offset);
    }

    public void Dispose() => _parts.ForEach(part => part.Dispose());

    private void Mirror(TopicOptions options) => _parts.Add(_mirrors = new MirroredTopics(
        options, _time, _clock, _connections, FetchAsync, _ => { }, _ => { }));

    private ValueTask<LogPage> FetchAsync(string topic, long epoch, long from)
    {
        _fetches++;
        Interlocked.Exchange(ref _whileFetching, null)?.Invoke();
        return new(_fetchedFrom!.Log(topic, epoch, from, LogPage.BytesMax));
    }

    /// <summary>A host whose topics go to the mirrors.</summary>
    private HostedTopics Host(TopicOptions options)
    {
        var hosted = new HostedTopics(options, _time, _clock, silo => SiloOutbox.ToItself(silo, part => _isCut ? null : _mirrors.Apply(part)));
        hosted.Enter(SiloAddress.Zero, new Interest(1, [new TopicPattern("#")]));
        _parts.Add(hosted);
        return hosted;
    }

    private void Subscribe()
    {
        _mirrors.Desk.Open(Reader);
        Assert.Equal(ErrorCode.None, _mirrors.Desk.Subscribe(Reader, new SubscribeCommand("s", [new TopicPattern("#")])).Error);
        _mirrors.Desk.Activate(Reader, "s");
    }

    private static IEnumerable<long> OffsetsOf(IEnumerable<Delivery> items) => items.Select(item => item.Record?.Offset ?? -1);

    private static void Publish(HostedTopics hosted, string topic, int bytes) => Assert.Equal(
        ErrorCode.None, hosted.Host.Publish(default, new TopicMessage(topic, Value.From(new string('x', bytes))), null).Error);

    /// <summary>One message of which the mirrors hear by itself.</summary>
    private void Send(HostedTopics hosted, string topic)
    {
        var offset = hosted.Standing(SiloAddress.Zero, [new Interest(1, [new TopicPattern("#")])], beginsAtUs: 0, after: null)
            .Topics.Single(t => t.Topic == topic).Log!.NextOffset;
        Publish(hosted, topic, 10);
        var page = hosted.Log(topic, 0, offset, LogPage.BytesMax);
        Assert.Null(_mirrors.Apply(new TopicPart { Topic = topic, Log = page.Log! with { Marks = [] }, From = offset, Records = page.Records }));
    }

    private static TopicStanding StandingOf(HostedTopics hosted, string topic) =>
        hosted.Standing(SiloAddress.Zero, [new Interest(1, [new TopicPattern("#")])], beginsAtUs: 0, after: null).Topics.Single(t => t.Topic == topic);
}
