using System.Collections.Immutable;

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

    [Theory]
    [InlineData(StartKind.New, 0, 0)]
    [InlineData(StartKind.Last, 0, 0)]
    [InlineData(StartKind.Time, 0, 500)]
    [InlineData(StartKind.Offset, 3, 0)]
    [InlineData(StartKind.Offset, -3, 0)]
    public void A_subscription_that_has_seen_nothing_starts_again_as_of_its_first_acknowledgement(StartKind start, long offset, long atUs)
    {
        var command = Command with { Start = start, StartOffset = offset, StartAtUs = atUs, BacklogCount = 2 };
        var positions = new SubscriptionPositions(command);
        positions.Acknowledged(77);
        positions.Acknowledged(99);
        var resume = positions.ToResume();
        Assert.Empty(resume.Resume);
        Assert.Equal(command with { AsOfUs = 77, Resume = resume.Resume }, resume);
    }

    [Theory]
    [InlineData(StartKind.New, 0, 0)]
    [InlineData(StartKind.Last, 0, 0)]
    [InlineData(StartKind.Time, 0, 500)]
    [InlineData(StartKind.Offset, 3, 0)]
    [InlineData(StartKind.Offset, -3, 0)]
    public void Topics_that_were_seen_go_on_and_the_others_start_as_of_the_first_acknowledgement(StartKind start, long offset, long atUs)
    {
        var command = Command with { Start = start, StartOffset = offset, StartAtUs = atUs, BacklogCount = 2 };
        var positions = new SubscriptionPositions(command);
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        positions.ToResume();
        positions.Acknowledged(99);
        positions.MovePast(Record("b", 2, 0));
        var resume = positions.ToResume();
        Assert.Equal(
            [new("a", new TopicPosition(1, 6)), new("b", new TopicPosition(2, 1))],
            resume.Resume.OrderBy(position => position.Key, StringComparer.Ordinal).ToArray());
        Assert.Equal(command with { AsOfUs = 77, Resume = resume.Resume }, resume);
    }

    [Fact]
    public void A_program_that_resumes_by_itself_keeps_its_positions_and_its_first_acknowledgement()
    {
        var positions = new SubscriptionPositions(Command with
        {
            Start = StartKind.Last,
            AsOfUs = 50,
            Resume = ImmutableDictionary<string, TopicPosition>.Empty.Add("a", new(1, 1)).Add("b", new(1, 2)),
        });
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        var resume = positions.ToResume();
        Assert.Equal((StartKind.Last, 50), (resume.Start, resume.AsOfUs));
        Assert.Equal((new TopicPosition(1, 6), new TopicPosition(1, 2)), (resume.Resume["a"], resume.Resume["b"]));
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
    public void A_topic_that_was_not_seen_is_new_from_whatever_offset()
    {
        var positions = new SubscriptionPositions(Command with { Start = StartKind.Offset, StartOffset = 3 });
        positions.Acknowledged(77);
        positions.MovePast(Record("a", 1, 5));
        positions.ToResume();
        Assert.True(positions.IsNew(Record("b", 1, 3)));
        Assert.True(positions.IsNew(Record("c", 1, 0, appendedAtUs: 78)));
    }

    private static Delivery Record(string topic, long epoch, long offset, long appendedAtUs = 1) =>
        new(topic, epoch, new TopicRecord(offset, appendedAtUs, new TopicMessage(topic, Value.Null)));
}
