using System.Collections.Immutable;
using Grains.Client.Topics;

namespace Grains.Tests.Client;

public sealed class SubscriptionPositionsTests
{
    private static readonly SubscribeCommand Command = new("s", [new TopicPattern("#")]);

    [Fact]
    public void Before_the_first_acknowledgement_the_subscription_starts_as_it_was_asked_for()
    {
        var command = Command with { Start = StartKind.Last };
        Assert.Same(command, new SubscriptionPositions(command).ToResume());
    }

    [Fact]
    public void A_subscription_to_what_is_new_that_has_seen_nothing_resumes_at_its_acknowledgement()
    {
        var positions = new SubscriptionPositions(Command);
        positions.Acknowledged(77);
        positions.Acknowledged(99);
        var resume = positions.ToResume();
        Assert.Equal((StartKind.Resume, 77), (resume.Start, resume.StartAtUs));
        Assert.Empty(resume.Resume);
    }

    [Theory]
    [InlineData(StartKind.Last, 0, 500, 77)]
    [InlineData(StartKind.Time, 0, 500, 500)]
    [InlineData(StartKind.Offset, 3, 500, 0)]
    [InlineData(StartKind.Offset, -3, 500, 77)]
    public void Topics_that_were_not_seen_start_where_the_subscription_did(StartKind start, long offset, long atUs, long expectedAtUs)
    {
        var positions = new SubscriptionPositions(Command with { Start = start, StartOffset = offset, StartAtUs = atUs });
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        var resume = positions.ToResume();
        Assert.Equal((StartKind.Resume, expectedAtUs), (resume.Start, resume.StartAtUs));
        Assert.Equal(new TopicPosition(1, 6), resume.Resume["a"]);
    }

    [Fact]
    public void A_resumed_subscription_keeps_the_positions_it_was_given()
    {
        var positions = new SubscriptionPositions(Command with
        {
            Start = StartKind.Resume,
            Resume = ImmutableDictionary<string, TopicPosition>.Empty.Add("a", new(1, 1)).Add("b", new(1, 2)),
        });
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        var resume = positions.ToResume().Resume;
        Assert.Equal((new TopicPosition(1, 6), new TopicPosition(1, 2)), (resume["a"], resume["b"]));
    }

    [Fact]
    public void What_lies_below_the_position_is_not_new_but_another_epoch_is()
    {
        var positions = new SubscriptionPositions(Command);
        positions.MovePast(Record("a", 1, 5));
        Assert.False(positions.IsNew(Record("a", 1, 5)));
        Assert.True(positions.IsNew(Record("a", 1, 6)));
        Assert.True(positions.IsNew(Record("a", 2, 0)));
        Assert.True(positions.IsNew(Record("b", 1, 0)));
    }

    [Fact]
    public void A_start_at_an_offset_that_resumes_leaves_out_what_lies_below_it()
    {
        var positions = new SubscriptionPositions(Command with { Start = StartKind.Offset, StartOffset = 3 });
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        positions.ToResume();
        Assert.False(positions.IsNew(Record("b", 1, 2)));
        Assert.True(positions.IsNew(Record("b", 1, 3)));
        Assert.True(positions.IsNew(Record("c", 1, 0, appendedAtUs: 78)));
    }

    private static Delivery Record(string topic, long epoch, long offset, long appendedAtUs = 1) =>
        new(topic, epoch, new TopicRecord(offset, appendedAtUs, new TopicMessage(topic, Value.Null)));
}
