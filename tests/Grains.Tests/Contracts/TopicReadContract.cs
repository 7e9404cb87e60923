namespace Grains.Tests.Contracts;

/// <summary>Reading a topic's log by position.</summary>
public abstract class TopicReadContract : TopicContract
{
    [Fact]
    public async Task Reading_gives_records_and_where_to_read_next()
    {
        await using var world = Start();
        var published = await world.PublishAsync("a", 0, 5);
        var reply = await ReadAsync(world, 1, messagesMax: 3);
        Assert.Equal((published[0].Epoch, 0L, 4L, 5L), (reply.Epoch, reply.FirstOffset, reply.NextOffset, reply.EndOffset));
        Assert.Equal([1L, 2L, 3L], reply.Records.Select(record => record.Offset));
        Assert.Equal(published.Skip(1).Take(3).Select(one => one.AppendedAtUs), reply.Records.Select(record => record.AppendedAtUs));
        Assert.Equal(["1", "2", "3"], reply.Records.Select(record => record.Message.Payload.ToString()));
        Assert.Equal(published.Skip(1).Take(3).Select(one => one.MessageId), reply.Records.Select(record => record.Message.MessageId));
    }

    [Theory]
    [InlineData(-1, 4)]
    [InlineData(-2, 3)]
    [InlineData(-5, 0)]
    [InlineData(-50, 0)]
    public async Task A_negative_offset_counts_from_the_end(long offset, int first)
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 5);
        var reply = await ReadAsync(world, offset);
        Assert.Equal(Numbers(first, 5), reply.Records.Select(record => record.Message.Payload.ToString()));
        Assert.Equal(5, reply.NextOffset);
    }

    [Fact]
    public async Task At_the_end_there_is_nothing_and_no_error()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 5);
        var reply = await ReadAsync(world, 5);
        Assert.Empty(reply.Records);
        Assert.Equal((0L, 5L, 5L), (reply.FirstOffset, reply.NextOffset, reply.EndOffset));
    }

    [Fact]
    public async Task An_empty_topic_has_nothing_at_its_beginning()
    {
        await using var world = Start();
        await world.CreateAsync("a");
        foreach (var offset in new[] { 0L, -1L })
        {
            var reply = await ReadAsync(world, offset);
            Assert.Empty(reply.Records);
            Assert.Equal((0L, 0L, 0L), (reply.FirstOffset, reply.NextOffset, reply.EndOffset));
        }
    }

    [Fact]
    public async Task Beyond_the_end_the_position_is_lost()
    {
        await using var world = Start();
        var published = await world.PublishAsync("a", 0, 5);
        Assert.Equal(ErrorCode.PositionLost, (await world.Topics.ReadAsync(new ReadCommand("a", published[0].Epoch, 6))).Error);
    }

    [Fact]
    public async Task What_was_trimmed_is_lost_and_the_oldest_kept_is_named()
    {
        await using var world = Start();
        var published = await world.PublishAsync("a", 0, 5);
        await world.ExecuteAsync(new TopicCommand("trim", "a") { Before = 3 });
        var reply = await world.Topics.ReadAsync(new ReadCommand("a", published[0].Epoch, 1));
        Assert.Equal((ErrorCode.PositionLost, 3L), (reply.Error, reply.FirstOffset));
        Assert.Equal(published[0].Epoch, reply.Epoch);
        Assert.Equal(["3", "4"], (await ReadAsync(world, -5)).Records.Select(record => record.Message.Payload.ToString()));
    }

    [Fact]
    public async Task A_position_of_an_unknown_epoch_is_lost()
    {
        await using var world = Start();
        var old = await world.PublishAsync("a", 0, 5);
        await world.ExecuteAsync(new TopicCommand("delete", "a"));
        var again = await world.PublishAsync("a", "10");
        Assert.Equal(ErrorCode.PositionLost, (await world.Topics.ReadAsync(new ReadCommand("a", old[0].Epoch, 0))).Error);
        Assert.Equal(ErrorCode.PositionLost, (await world.Topics.ReadAsync(new ReadCommand("a", 1, 0))).Error);
        Assert.Equal(ErrorCode.PositionLost, (await world.Topics.ReadAsync(new ReadCommand("a", again.Epoch + 1, 0))).Error);
        Assert.Single((await world.Topics.ReadAsync(new ReadCommand("a", again.Epoch, 0))).Records);
    }

    [Fact]
    public async Task Bytes_limit_a_piece_but_one_record_always_fits()
    {
        await using var world = Start();
        var filler = new string('x', 1_000);
        for (var number = 0; number < 5; number++)
            await world.PublishAsync("a", $"\"{filler}\"");
        Assert.Single((await ReadAsync(world, 0, bytesMax: 1)).Records);
        var one = (await ReadAsync(world, 0, messagesMax: 1)).Records[0].CostBytes;
        Assert.Equal(3, (await ReadAsync(world, 0, bytesMax: (3 * one) + 10)).Records.Length);
        Assert.Equal(5, (await ReadAsync(world, 0)).Records.Length);
    }

    [Fact]
    public async Task Piece_by_piece_a_consumer_reads_everything_once()
    {
        await using var world = Start();
        await world.PublishAsync("a", 0, 50);
        var texts = new List<string>();
        ReadReply reply;
        long next = 0;
        do
        {
            reply = await ReadAsync(world, next, messagesMax: 7);
            texts.AddRange(reply.Records.Select(record => record.Message.Payload.ToString()));
            next = reply.NextOffset;
        }
        while (next < reply.EndOffset);
        Assert.Equal(Numbers(0, 50), texts);
    }

    private static async Task<ReadReply> ReadAsync(TopicsUnderTest world, long offset, int messagesMax = 100, int bytesMax = 1024 * 1024)
    {
        var reply = await world.Topics.ReadAsync(new ReadCommand("a", 0, offset, messagesMax, bytesMax));
        Assert.Equal((ErrorCode.None, null), (reply.Error, reply.Message));
        return reply;
    }
}
