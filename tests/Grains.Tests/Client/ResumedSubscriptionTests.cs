using Grains.Client;
using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>
/// A subscription that was cut before it reached a topic, against the real server: that topic starts where it would have started then.
/// The reader does not read before the cut, and its buffer has room for the wanted part of the first topic alone, so the second one is
/// never reached before the connection goes.
/// </summary>
public sealed class ResumedSubscriptionTests
{
    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public Task Last_still_brings_the_last_message_of_a_topic_that_was_not_reached(string scheme) =>
        A_topic_that_was_not_reached_brings_its_old_messages(scheme, TopicStart.Last, oldMessages: 1);

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public Task An_offset_from_the_end_still_counts_from_the_end_as_it_was(string scheme) =>
        A_topic_that_was_not_reached_brings_its_old_messages(scheme, TopicStart.Offset(-2), oldMessages: 2);

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public Task An_offset_still_brings_what_lies_behind_it(string scheme) =>
        A_topic_that_was_not_reached_brings_its_old_messages(scheme, TopicStart.Offset(1), oldMessages: 3);

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public Task A_time_still_brings_as_much_backlog_as_was_wanted(string scheme) =>
        A_topic_that_was_not_reached_brings_its_old_messages(scheme, TopicStart.At(DateTimeOffset.UnixEpoch, backlogCount: 2), oldMessages: 2);

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public Task The_beginning_is_still_the_beginning(string scheme) =>
        A_topic_that_was_not_reached_brings_its_old_messages(scheme, TopicStart.Beginning, oldMessages: 4);

    /// <summary>Four old messages each in <c>t.first</c> and <c>t.second</c>, then the cut, then new ones, one of them in a topic that came later.</summary>
    private static async Task A_topic_that_was_not_reached_brings_its_old_messages(string scheme, TopicStart start, int oldMessages)
    {
        await using var server = await TestServer.StartAsync();
        await using var client = new GrainsClient(new GrainsClientOptions(server.AddressOf(scheme).ToString())
        {
            Connection = new GrainsClientConnectionOptions { ReconnectDelayMin = TimeSpan.Zero, ReconnectDelayMax = TimeSpan.Zero },
            Limits = new GrainsClientLimits { SubscriptionMessagesMax = oldMessages },
        });
        await PublishAsync(server, "t.first", 0, 4);
        await PublishAsync(server, "t.second", 0, 4);
        await using var subscription = await client.Topics.SubscribeAsync("t.*", start);
        client.Session.Current!.Close(new IOException("Cut by the test."));
        await PublishAsync(server, "t.first", 4, 5);
        await PublishAsync(server, "t.second", 4, 6);
        await PublishAsync(server, "t.later", 0, 2);

        var read = new List<Delivery>();
        var wanted = (2 * oldMessages) + 5;
        using var patience = new CancellationTokenSource(FakeConnection.Patience);
        await foreach (var delivery in subscription.WithCancellation(patience.Token))
        {
            read.Add(delivery);
            if (read.Count == wanted)
                // The last of all: whatever came twice comes before it.
                await PublishAsync(server, "t.first", 5, 6);
            if (delivery is { Topic: "t.first", Record.Offset: 5 })
                break;
        }

        Assert.All(read, delivery => Assert.Null(delivery.Gap));
        Assert.Equal(Offsets(4 - oldMessages, 6), OffsetsOf(read, "t.first"));
        Assert.Equal(Offsets(4 - oldMessages, 6), OffsetsOf(read, "t.second"));
        Assert.Equal(Offsets(0, 2), OffsetsOf(read, "t.later"));
        Assert.True(client.Statistics.Reconnects > 0);
    }

    private static async Task PublishAsync(TestServer server, string topic, int from, int to)
    {
        for (var i = from; i < to; i++)
            await server.Grains.Topics.PublishAsync(topic, i);
    }

    private static IEnumerable<long> Offsets(int from, int to) => Enumerable.Range(from, to - from).Select(i => (long)i);

    private static IEnumerable<long> OffsetsOf(List<Delivery> read, string topic) =>
        read.Where(delivery => delivery.Topic == topic).Select(delivery => delivery.Record!.Offset);
}
