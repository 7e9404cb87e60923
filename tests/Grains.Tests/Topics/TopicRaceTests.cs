using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>Two threads at one place: the moments at which a message could fall between two stools, many times over.</summary>
public sealed class TopicRaceTests : IAsyncDisposable
{
    private readonly RecordingConnections _connections = new();
    private readonly LocalTopics _topics;

    public TopicRaceTests()
    {
        _topics = new LocalTopics(new TopicOptions(), TimeProvider.System, _connections);
        _connections.Attach(_topics);
    }

    [Theory]
    [InlineData(StartKind.Time)]
    [InlineData(StartKind.Offset)]
    [InlineData(StartKind.Last)]
    public async Task The_only_message_of_a_topic_that_is_born_while_a_subscription_begins_is_delivered(StartKind start)
    {
        // Many other topics make the look for those that match long enough for one to be born behind its back.
        const int Rounds = 1_500, OtherTopics = 1_000;
        var connection = Open("c");
        for (var i = 0; i < OtherTopics; i++)
            Publish($"other.{i}", i);
        using var together = new Barrier(2);
        var publishing = InBackground(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                together.SignalAndWait();
                Thread.SpinWait(round % 500);
                Publish($"r{round}.a", round);
                together.SignalAndWait();
            }
        });
        var (missed, got) = (new List<int>(), 0);
        for (var round = 0; round < Rounds; round++)
        {
            together.SignalAndWait(TestContext.Current.CancellationToken);
            Subscribe(connection, Pattern($"r{round}.*") with { Start = start });
            Activate(connection);
            together.SignalAndWait(TestContext.Current.CancellationToken);
            var count = _connections.Of(connection, "s").Count;
            if (count != got + 1)
                missed.Add(round);
            got = count;
        }

        await publishing;
        Assert.Empty(missed);
    }

    [Fact]
    public async Task Nothing_of_the_subscription_that_was_replaced_comes_after_the_acknowledgement()
    {
        const int Rounds = 3_000;
        var connection = Open("c");
        using var stop = new CancellationTokenSource();
        var publishing = PublishUntilAsync("old", stop.Token);
        var stale = new List<int>();
        for (var round = 0; round < Rounds; round++)
        {
            Subscribe(connection, Pattern("old"));
            Activate(connection);
            Thread.SpinWait(round % 500);
            Subscribe(connection, Pattern("new"));
            var before = _connections.Of(connection, "s").Count;
            Activate(connection);
            Publish("new", round);
            if (_connections.Of(connection, "s").Items.Skip(before).Any(item => item.Topic == "old"))
                stale.Add(round);
        }

        await stop.CancelAsync();
        await publishing;
        Assert.Empty(stale);
    }

    [Fact]
    public async Task Nothing_comes_when_unsubscribing_has_been_acknowledged()
    {
        const int Rounds = 3_000;
        var connection = Open("c");
        using var stop = new CancellationTokenSource();
        var publishing = PublishUntilAsync("a", stop.Token);
        var stale = new List<int>();
        for (var round = 0; round < Rounds; round++)
        {
            Subscribe(connection, Pattern("a"));
            Activate(connection);
            Thread.SpinWait(round % 500);
            _ = Ended(_topics.UnsubscribeAsync(connection, "s").AsTask());
            var before = _connections.Of(connection, "s").Count;
            Thread.SpinWait(500);
            if (_connections.Of(connection, "s").Count != before)
                stale.Add(round);
        }

        await stop.CancelAsync();
        await publishing;
        Assert.Empty(stale);
    }

    [Fact]
    public async Task Nothing_is_left_of_a_connection_that_closes_while_it_subscribes_for_the_first_time()
    {
        const int Rounds = 3_000;
        var left = new List<int>();
        using var together = new Barrier(2);
        var closing = InBackground(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                together.SignalAndWait();
                _topics.CloseConnection(new ConnectionId($"c{round}"));
                together.SignalAndWait();
            }
        });
        for (var round = 0; round < Rounds; round++)
        {
            var connection = Open($"c{round}");
            together.SignalAndWait();
            Thread.SpinWait(round % 100);
            var reply = await Ended(_topics.SubscribeAsync(connection, Pattern("a")).AsTask());
            together.SignalAndWait();
            var published = await Ended(_topics.PublishAsync(default, new TopicMessage("a", Value.Null)).AsTask());
            if (reply.Error is not (ErrorCode.None or ErrorCode.ConnectionNotFound) || published.Receivers > 0)
                left.Add(round);
        }

        await closing;
        Assert.Empty(left);
    }

    public async ValueTask DisposeAsync()
    {
        await _connections.DisposeAsync();
        _topics.Dispose();
    }

    private ConnectionId Open(string name)
    {
        var connection = new ConnectionId(name);
        _topics.OpenConnection(connection, new ConnectionInfo("test", "in-process", ""));
        return connection;
    }

    private static SubscribeCommand Pattern(string pattern) => new("s", [new TopicPattern(pattern)]);

    private void Subscribe(ConnectionId connection, SubscribeCommand command) =>
        Assert.Equal(ErrorCode.None, Ended(_topics.SubscribeAsync(connection, command).AsTask()).Result.Error);

    private void Activate(ConnectionId connection) => Ended(_topics.ActivateAsync(connection, "s").AsTask());

    private Task PublishUntilAsync(string topic, CancellationToken stop) => InBackground(() =>
    {
        for (var number = 0; !stop.IsCancellationRequested; number++)
            Publish(topic, number);
    });

    private static Task InBackground(Action action) =>
        Task.Factory.StartNew(action, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Publish(string topic, int number) =>
        Assert.Equal(ErrorCode.None, Ended(_topics.PublishAsync(default, new TopicMessage(topic, Value.Json($"{number}"))).AsTask()).Result.Error);

    /// <summary>The Local engine ends topic calls synchronously; a wait in these loops would close the gaps they look into.</summary>
    private static T Ended<T>(T task)
        where T : Task
    {
        Assert.True(task.IsCompletedSuccessfully);
        return task;
    }
}
