using System.Collections.Immutable;
using System.Threading.Channels;
using Grains.Engine;
using Grains.Local;
using Grains.Tests.Contracts;
using Grains.Topics;

namespace Grains.Tests.Topics;

/// <summary>
/// One run of the topic stress. Publishers run at full speed on threads of their own; at each milestone of theirs one connection
/// subscribes, and later one is cut and its subscriptions resume on another from their last positions; threads that play the readers grant
/// back random parts of what they were given, to some connections nothing before the end.
/// </summary>
internal sealed class StressRun : IAsyncDisposable
{
    /// <summary>A publisher's messages are numbered from its index times this.</summary>
    public const int NumbersEach = 1_000_000;

    private static readonly byte[] Filler = new byte[200];

    private readonly StressPlan _plan;
    private readonly StressModel _model;
    private readonly RecordingConnections _connections = new();
    private readonly Channel<int> _milestones = Channel.CreateBounded<int>(1);
    private readonly ConnectionId[] _live = new ConnectionId[StressPlan.Connections];
    private readonly CancellationTokenSource _reading = new();
    private readonly LocalTopics _topics;
    private StressSubscription[] _subscriptions = [];
    private int _publishedCount;

    public StressRun(StressPlan plan)
    {
        _plan = plan;
        _model = new StressModel(plan);
        var options = new TopicOptions
        {
            DefaultRetention = new TopicRetention { MessagesMax = plan.KeptMessages },
            JanitorPeriod = TimeSpan.FromMilliseconds(10),
        };
        _topics = new LocalTopics(options, TimeProvider.System, _connections);
        _connections.Attach(_topics);
    }

    public async Task RunAsync()
    {
        _subscriptions = _plan.Draw(await PublishOldAsync());
        var readers = Enumerable.Range(0, 2).Select(i => Task.Run(() => ReadAsync(new Random(_plan.Seed + i)))).ToArray();
        var publishers = Enumerable.Range(1, StressPlan.Publishers).Select(i => Task.Run(() => PublishLiveAsync(i))).ToArray();
        var coming = Task.Run(ComeAndGoAsync);
        await Task.WhenAll(publishers);
        _milestones.Writer.TryComplete();
        await coming;
        await PublishLastAsync();
        await _reading.CancelAsync();
        await Task.WhenAll(readers);
        await ReadToTheEndAsync();
        foreach (var subscription in _subscriptions)
            _model.Check(subscription);
        AssertThatMuchHappened();
    }

    public async ValueTask DisposeAsync()
    {
        await _reading.CancelAsync();
        await _connections.DisposeAsync();
        _topics.Dispose();
        _reading.Dispose();
    }

    /// <summary>A run in which nobody was cut in the middle or lost anything would prove nothing.</summary>
    private void AssertThatMuchHappened()
    {
        var reasons = _subscriptions.SelectMany(one => one.Got).SelectMany(items => items).Where(item => item.Gap is not null)
            .Select(item => item.Gap!.Reason).ToHashSet();
        Assert.Equal(_plan.Drops, reasons.Contains(GapReason.SlowReader));
        Assert.Equal(!_plan.KeepsAll, reasons.Contains(GapReason.Retention));
        Assert.All(_subscriptions, one => Assert.NotEmpty(one.Got[1]));
        Assert.InRange(_subscriptions.Count(one => one.Got[0].Count > 0), _subscriptions.Length / 2, _subscriptions.Length);
    }

    private async Task<List<long>> PublishOldAsync()
    {
        var random = new Random(_plan.Seed);
        var times = new List<long>();
        for (var number = 0; number < StressPlan.OldMessages; number++)
            times.Add((await PublishAsync(StressPlan.OldTopics[random.Next(StressPlan.OldTopics.Length)], number)).AppendedAtUs);
        return times;
    }

    private async Task PublishLiveAsync(int publisher)
    {
        const int MilestoneEach = StressPlan.LiveMessages / (2 * StressPlan.Connections);
        var random = new Random(_plan.Seed + (100 * publisher));
        for (var sent = 0; sent < StressPlan.LiveMessages / StressPlan.Publishers; sent++)
        {
            await PublishAsync(StressPlan.AllTopics[random.Next(StressPlan.AllTopics.Length)], (publisher * NumbersEach) + sent);
            var count = Interlocked.Increment(ref _publishedCount);
            while (count % MilestoneEach == 0 && await _milestones.Writer.WaitToWriteAsync() && !_milestones.Writer.TryWrite(count))
            {
                // Another publisher took the place.
            }
        }
    }

    /// <summary>One more of each topic once everybody has resumed, so that each subscription's end is a delivery.</summary>
    private async Task PublishLastAsync()
    {
        for (var i = 0; i < StressPlan.AllTopics.Length; i++)
            await PublishAsync(StressPlan.AllTopics[i], ((StressPlan.Publishers + 1) * NumbersEach) + i);
        _model.Complete();
    }

    private async Task<PublishReply> PublishAsync(string topic, int number)
    {
        var message = new TopicMessage(topic, Value.Json($"{number}")) { MessageId = "m", Timestamp = 1, Key = Value.FromBytes(Filler) };
        var reply = await _topics.PublishAsync(default, message);
        Assert.Equal(ErrorCode.None, reply.Error);
        _model.Published(topic, reply, number);
        return reply;
    }

    /// <summary>Connections come while the first half is published, and each is cut and comes back during the second. Publishers run ahead of
    /// it by no more than a milestone, so that all of it happens while they are at it.</summary>
    private async Task ComeAndGoAsync()
    {
        try
        {
            var random = new Random(_plan.Seed);
            for (var turn = 0; turn < 2 * StressPlan.Connections; turn++)
            {
                if (await _milestones.Reader.WaitToReadAsync())
                    await _milestones.Reader.ReadAsync();
                if (turn < StressPlan.Connections)
                    await BeginAsync(turn);
                else
                    await CutAndResumeAsync(turn - StressPlan.Connections);
                if (_plan.Deletes && turn % 3 == 0)
                    await _topics.ExecuteAsync(new TopicCommand("delete", $"t.c.{random.Next(8)}"));
            }
        }
        finally
        {
            // Whether it is done or has failed: nobody waits for it any more.
            _milestones.Writer.TryComplete();
        }
    }

    private async Task BeginAsync(int index)
    {
        Open(index, $"c{index}");
        foreach (var subscription in _subscriptions.Where(one => one.Connection == index))
            await SubscribeAsync(subscription, part: 0, subscription.Command);
    }

    private async Task CutAndResumeAsync(int index)
    {
        var cut = _live[index];
        _topics.CloseConnection(cut);
        var ours = _subscriptions.Where(one => one.Connection == index).ToArray();
        foreach (var subscription in ours)
            subscription.Got[0] = _connections.Of(cut, subscription.Command.SubscriptionId).Items;
        Open(index, $"c{index} again");
        foreach (var subscription in ours)
            await SubscribeAsync(subscription, part: 1, ResumeOf(subscription));
        foreach (var subscription in ours)
            Assert.Equal(subscription.Got[0].Count, _connections.Of(cut, subscription.Command.SubscriptionId).Items.Count);
    }

    /// <summary>As a client does it: positions for the topics it has seen; for the others what its first acknowledgement said. For a start
    /// with what is new that time is all there is to say, and both forms of saying it are used.</summary>
    private static SubscribeCommand ResumeOf(StressSubscription subscription)
    {
        var positions = new Dictionary<string, TopicPosition>();
        foreach (var item in subscription.Got[0])
            positions[item.Topic] = StressModel.After(item);
        var command = subscription.Command with { Resume = positions.ToImmutableDictionary() };
        return command.Start == StartKind.New && command.QueueMessagesMax % 2 == 0
            ? command with { Start = StartKind.Resume, StartAtUs = subscription.SubscribedAtUs[0] }
            : command with { AsOfUs = subscription.SubscribedAtUs[0] };
    }

    private void Open(int index, string name)
    {
        _live[index] = new ConnectionId(name);
        _connections.Hold(_live[index]);
        _topics.OpenConnection(_live[index], new ConnectionInfo("test", "in-process", ""));
    }

    private async Task SubscribeAsync(StressSubscription subscription, int part, SubscribeCommand command)
    {
        var connection = _live[subscription.Connection];
        var reply = await _topics.SubscribeAsync(connection, command);
        Assert.Equal(ErrorCode.None, reply.Error);
        subscription.SubscribedAtUs[part] = reply.SubscribedAtUs;
        await _topics.ActivateAsync(connection, command.SubscriptionId);
    }

    private async Task ReadAsync(Random random)
    {
        while (!_reading.IsCancellationRequested)
        {
            var index = random.Next(StressPlan.Connections);
            var owed = _connections.Owed(_live[index]);
            if (index % 5 == 0 || owed <= 0)
                await Task.Yield();
            else
                await _connections.GrantAsync(_live[index], random.NextInt64(1, owed + 1));
        }
    }

    private async Task ReadToTheEndAsync()
    {
        // Beyond its credit a connection may have one message and the gaps of one topic, of which there are fewer than topics.
        var owedMax = DeliveryCredit.InitialBytes + 1_024 + (TopicRecord.OverheadBytes * StressPlan.AllTopics.Length);
        foreach (var connection in _live)
        {
            Assert.InRange(_connections.Owed(connection), 0, owedMax);
            await _connections.ReleaseAsync(connection);
        }

        foreach (var subscription in _subscriptions)
        {
            var ends = _model.EndsOf(subscription);
            var what = $"the end of {string.Join(' ', subscription.Topics)}";
            subscription.Got[1] = await _connections.Of(_live[subscription.Connection], subscription.Command.SubscriptionId)
                .WaitForAllAsync(item => ends[item.Topic] == StressModel.After(item), ends.Count, what);
        }
    }
}
