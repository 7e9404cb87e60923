namespace Grains.Tests.Client;

/// <summary>The verbs of topics.</summary>
public abstract class TopicApiContract : UserApiContract
{
    private ITopics Topics => Grains.Topics;

    [Fact]
    public async Task Subscribers_get_what_is_published_in_order_with_its_headers()
    {
        await using var subscription = await Topics.SubscribeAsync("orders.*");
        for (var i = 0; i < 100; i++)
            await Topics.PublishAsync("orders.eu", new Person("Ada", i), new Dictionary<string, string> { ["n"] = $"{i}" });
        await Topics.PublishAsync("orders.eu.late", 1);
        var messages = await TakeAsync<Person>(subscription, 100);
        Assert.Equal(Enumerable.Range(0, 100), messages.Select(m => m.Payload!.Age));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), messages.Select(m => m.Offset));
        Assert.Equal("""{"n":"7"}""", messages[7].Record.Message.Headers.ToString());
        Assert.Equal("orders.eu", messages[0].Topic);
    }

    [Fact]
    public async Task Payloads_of_every_kind_come_as_they_are()
    {
        await using var subscription = await Topics.SubscribeAsync("kinds");
        var payloads = new[] { Value.Json("{ \"a\" : 1.0 }"), Value.Text("te\"xt"), Value.FromBytes(new byte[] { 0, 255 }), Value.Null };
        foreach (var payload in payloads)
            await Topics.PublishAsync("kinds", payload);
        Assert.Equal(payloads, (await TakeAsync<Value>(subscription, 4)).Select(m => m.Payload));
    }

    [Fact]
    public async Task A_message_of_another_shape_is_refused_by_its_topic_and_offset()
    {
        await using var subscription = await Topics.SubscribeAsync("shapes.#");
        await Topics.PublishAsync("shapes.a", 1);
        await Topics.PublishAsync("shapes.a", "no number");

        var read = new List<int>();
        var refused = await Assert.ThrowsAsync<GrainsException>(async () =>
        {
            await foreach (var message in subscription.MessagesAsync<int>())
                read.Add(message.Payload);
        });

        Assert.Equal([1], read);
        Assert.Equal(ErrorCode.IncompatibleTypes, refused.Code);
        Assert.Contains("topic shapes.a at offset 1 ", refused.Message, StringComparison.Ordinal);
        Assert.IsType<System.Text.Json.JsonException>(refused.InnerException);
    }

    [Fact]
    public async Task A_publish_is_acknowledged_with_its_place_and_its_receivers()
    {
        await using var subscription = await Topics.SubscribeAsync("#");
        var first = await Topics.PublishAsync("acks", 1);
        var second = await Topics.PublishAsync("acks", 2);
        Assert.Equal((first.Epoch, 0L, 1L, 1), (second.Epoch, first.Offset, second.Offset, first.Receivers));
        Assert.NotEqual(0, first.AppendedAtUs);
    }

    [Fact]
    public async Task An_op_id_publishes_once()
    {
        var first = await Topics.PublishAsync("once", 1, opId: "o1");
        var again = await Topics.PublishAsync("once", 1, opId: "o1");
        Assert.Equal(first, again);
    }

    [Fact]
    public async Task A_subscription_starts_where_it_is_told()
    {
        for (var i = 0; i < 5; i++)
        {
            Server.Time!.Advance(TimeSpan.FromSeconds(1));
            await Topics.PublishAsync("starts", i);
        }

        await AssertPayloadsAsync(TopicStart.Last, 4);
        await AssertPayloadsAsync(TopicStart.Offset(2), 2, 3, 4);
        await AssertPayloadsAsync(TopicStart.Offset(-2), 3, 4);
        await AssertPayloadsAsync(TopicStart.Beginning, 0, 1, 2, 3, 4);
        await AssertPayloadsAsync(TopicStart.At(Server.Time!.GetUtcNow().AddSeconds(-1)), 3, 4);
    }

    [Fact]
    public async Task Old_messages_join_the_live_ones()
    {
        await Topics.PublishAsync("join", 0);
        await using var subscription = await Topics.SubscribeAsync("join", TopicStart.Beginning);
        await Topics.PublishAsync("join", 1);
        var messages = await TakeAsync<int>(subscription, 2);
        Assert.Equal([(0, true), (1, false)], messages.Select(m => (m.Payload, m.IsBacklog)));
    }

    [Fact]
    public async Task A_reader_that_comes_late_gets_everything_the_topic_keeps()
    {
        await Topics.CreateAsync("deep", new TopicRetention { MessagesMax = 10_000 });
        await using var subscription = await Topics.SubscribeAsync("deep", TopicStart.Beginning);
        for (var i = 0; i < 5_000; i++)
            await Topics.PublishAsync("deep", i);
        Assert.Equal(Enumerable.Range(0, 5_000), (await TakeAsync<int>(subscription, 5_000)).Select(m => m.Payload));
    }

    [Fact]
    public async Task What_retention_took_is_told_in_its_place()
    {
        await Topics.CreateAsync("short", new TopicRetention { MessagesMax = 3 });
        for (var i = 0; i < 5; i++)
            await Topics.PublishAsync("short", i);
        var start = new SubscribeCommand("s", [new TopicPattern("short")]) { Start = StartKind.Offset, StartOffset = 0 };
        await using var subscription = await Topics.SubscribeAsync(start);
        await using var reader = subscription.GetAsyncEnumerator();
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal((GapReason.Retention, 0, 2), (reader.Current.Gap!.Reason, reader.Current.Gap.From, reader.Current.Gap.To));
        Assert.True(await reader.MoveNextAsync().AsTask().WaitAsync(Patience));
        Assert.Equal(2, reader.Current.Record!.Offset);
    }

    [Fact]
    public async Task Topics_are_created_described_listed_trimmed_and_deleted()
    {
        var made = await Topics.CreateAsync("made", new TopicRetention { MessagesMax = 7, AgeMax = TimeSpan.FromMinutes(5) });
        Assert.Equal((7, TimeSpan.FromMinutes(5), true), (made.Retention.MessagesMax, made.Retention.AgeMax, made.Declared));
        Assert.Equal(ErrorCode.TopicExists, (await Assert.ThrowsAsync<GrainsException>(() => Topics.CreateAsync("made").AsTask())).Code);
        for (var i = 0; i < 3; i++)
            await Topics.PublishAsync("made", i);
        Assert.Equal(2, await Topics.TrimAsync("made", 2));
        var described = await Topics.DescribeAsync("made");
        Assert.Equal((2, 3), (described!.FirstOffset, described.NextOffset));
        Assert.Contains(await Topics.ListAsync("mad*").Concat(Topics.ListAsync("#")).ToListAsync(), t => t.Name == "made");
        await Topics.DeleteAsync("made");
        Assert.Null(await Topics.DescribeAsync("made"));
    }

    [Fact]
    public async Task A_log_is_read_by_offset()
    {
        for (var i = 0; i < 4; i++)
            await Topics.PublishAsync("log", i);
        var read = await Topics.ReadAsync(new ReadCommand("log", 0, 1, MessagesMax: 2));
        Assert.Equal([1L, 2L], read.Records.Select(r => r.Offset));
        Assert.Equal((0, 3, 4), (read.FirstOffset, read.NextOffset, read.EndOffset));
    }

    [Fact]
    public async Task Subscribers_are_known()
    {
        await using var subscription = await Topics.SubscribeAsync("who.#", subscriber: "Ada");
        await Topics.PublishAsync("who.is", 1);
        var present = Assert.Single(await Topics.PresenceAsync("who.is"));
        Assert.Equal(("Ada", "who.#", subscription.SubscriptionId), (present.Subscriber, present.Pattern, present.SubscriptionId));
    }

    [Fact]
    public async Task A_request_gets_its_reply()
    {
        await using var requests = await Topics.SubscribeAsync("ask");
        var replying = Task.Run(async () =>
        {
            var request = (await TakeAsync<int>(requests, 1))[0];
            await Topics.ReplyAsync(request.Record.Message, request.Payload * 2);
        });
        Assert.Equal(42, await Topics.RequestAsync<int, int>("ask", 21));
        await replying;
    }

    [Fact]
    public async Task A_disposed_subscription_ends_its_enumeration_and_receives_no_more()
    {
        var subscription = await Topics.SubscribeAsync("gone");
        var reading = subscription.ToListAsync().AsTask();
        await subscription.DisposeAsync();
        Assert.Empty(await reading.WaitAsync(Patience));
        Assert.Equal(0, (await Topics.PublishAsync("gone", 1)).Receivers);
    }

    private async Task AssertPayloadsAsync(TopicStart start, params int[] expected)
    {
        await using var subscription = await Topics.SubscribeAsync("starts", start);
        Assert.Equal(expected, (await TakeAsync<int>(subscription, expected.Length)).Select(m => m.Payload));
    }

    private static async Task<List<ReceivedMessage<T>>> TakeAsync<T>(ITopicSubscription subscription, int count)
    {
        using var patience = new CancellationTokenSource(Patience);
        return await subscription.MessagesAsync<T>(patience.Token).Take(count).ToListAsync(patience.Token);
    }
}
