using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Engine;
using Grains.Orleans.Cluster;
using Grains.Topics;
using Grains.Topics.Subscriptions;
using Microsoft.Extensions.Logging;
using Orleans;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// Topics on a cluster, as one silo's connections see them. Publishing and reading go to the topic's grain; subscriptions live here, and every silo
/// knows the patterns of every other, so a host sends each message once to each silo that wants it. A subscription begins at one reading of a
/// clock that every silo has seen: what was appended anywhere before is old, what is appended after is new, exactly.
/// </summary>
internal sealed partial class OrleansTopics : ITopicEngine, IAsyncDisposable
{
    private const int GrainsKept = 100_000;

    private readonly ConcurrentDictionary<string, ITopicGrain> _grains = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Subscription, Interest> _interests = new();
    private readonly ConcurrentDictionary<Interest, Task> _entering = new();
    private readonly ConcurrentDictionary<Interest, Task> _leaving = new();
    private readonly TopicOptions _options;
    private readonly IGrainFactory _grainFactory;
    private readonly Silos _silos;
    private readonly TopicSilos _others;
    private readonly OrderedPublisher _publisher;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task _watching = Task.CompletedTask;
    private long _lastInterest = DateTime.UtcNow.Ticks;

    public OrleansTopics(
        TopicOptions options, TimeProvider time, IConnections connections, IGrainFactory grainFactory, Silos silos, TopicSilos others,
        ILogger<OrleansTopics> logger)
    {
        _options = options;
        _grainFactory = grainFactory;
        _silos = silos;
        _others = others;
        _logger = logger;
        _publisher = new OrderedPublisher(message => PublishAsync(default, message));
        var clock = new TopicClock(time);
        Mirrors = new MirroredTopics(options, time, clock, connections, GrainOf, message => _publisher.Add(message), Left);
        Hosted = new HostedTopics(options, time, clock, MakeOutbox);
    }

    public HostedTopics Hosted { get; }

    public MirroredTopics Mirrors { get; }

    /// <summary>The subscriptions of this silo.</summary>
    public ImmutableArray<Interest> Interests => [.. _interests.Values];

    /// <summary>Before the silo takes calls: what the others' connections subscribe to.</summary>
    public async Task JoinAsync()
    {
        var answers = await _silos.AskAllAsync(async silo =>
            silo.Equals(_silos.Local) ? default : (await _others.Of(silo).InterestsAsync(), await _others.Of(silo).ClockAsync()));
        foreach (var (silo, (interests, clockUs)) in answers)
        {
            Hosted.Clock.Observe(clockUs);
            foreach (var interest in interests.IsDefault ? [] : interests)
                Hosted.Enter(silo, interest);
        }

        _watching = _silos.WatchAsync(JoinedAsync, LeftAsync, _stopping.Token);
    }

    public void OpenConnection(ConnectionId connection) => Mirrors.Desk.Open(connection);

    public async ValueTask CloseConnectionAsync(ConnectionId connection)
    {
        Mirrors.Desk.Close(connection);
        await SettleAsync();
    }

    public async ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        ArgumentNullException.ThrowIfNull(message);
        if (TopicNames.FaultOf(message.Topic, _options) is { } fault)
            return PublishReply.Fail(ErrorCode.InvalidName, fault);
        if (TopicNames.FaultOf(message, _options) is { } wrong)
            return PublishReply.Fail(ErrorCode.InvalidArgument, wrong);
        try
        {
            var reply = await GrainOf(message.Topic).PublishAsync(message, opId);
            // On the publisher's own connection its notification comes before its ack.
            if (reply.Error == ErrorCode.None && !publisher.IsNone && Mirrors.IsReadBy(publisher, message.Topic))
                await Mirrors.CatchUpAsync(message.Topic, new TopicPosition(reply.Epoch, reply.Offset + 1));
            return reply;
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return PublishReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }
    }

    public async ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (Mirrors.Desk.Enter(connection, command, out var subscription, out var replaces) is { } refusal)
            return refusal;
        var interest = new Interest(Interlocked.Increment(ref _lastInterest), command.Patterns);
        _interests[subscription!] = interest;
        try
        {
            await SettleAsync();
            await EnterAsync(interest);
            var atUs = Hosted.Clock.Next();
            var standings = await _silos.AskAllAsync(silo => BeginAsync(silo, interest, atUs));
            var whole = command.Start != StartKind.New || command.AsOfUs != 0 || command.Resume.Count > 0;
            TopicStanding[] matching = [.. standings.SelectMany(answer => answer.Answer.Topics)];
            if (Mirrors.Desk.CheckFeeds(subscription!, matching.Length) is { } tooMany)
            {
                await UnsubscribeAsync(connection, command.SubscriptionId);
                return tooMany;
            }

            foreach (var standing in matching)
                await Mirrors.FollowAsync(standing, whole);
            var reply = Mirrors.Desk.Begin(subscription!, atUs) with { Replaced = replaces };
            await _publisher.FlushAsync();
            return reply;
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Mirrors.Desk.Unsubscribe(connection, command.SubscriptionId);
            return SubscribeReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }
    }

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId)
    {
        Mirrors.Desk.Activate(connection, subscriptionId);
        return default;
    }

    public async ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId)
    {
        var existed = Mirrors.Desk.Unsubscribe(connection, subscriptionId);
        if (existed)
            await SettleAsync();
        return existed;
    }

    public ValueTask GrantAsync(ConnectionId connection, long bytes)
    {
        Mirrors.Desk.Grant(connection, bytes);
        return default;
    }

    public async ValueTask<TopicReply> ExecuteAsync(TopicCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        try
        {
            if (command.Operation == "list")
                return TopicLists.Merge(command, await _silos.AskAllAsync(silo => ListAsync(silo, command)));
            if (TopicNames.FaultOf(command.Topic, _options) is { } fault)
                return TopicReply.Fail(ErrorCode.InvalidName, fault);
            if (command.Operation != "presence")
                return await GrainOf(command.Topic).ExecuteAsync(command);
            var present = await _silos.AskAllAsync(silo => PresenceAsync(silo, command.Topic));
            return new TopicReply { Subscribers = [.. present.SelectMany(answer => answer.Answer).OrderBy(info => info.SubscribedAtUs)] };
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return TopicReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }
    }

    public async ValueTask<ReadReply> ReadAsync(ReadCommand command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (TopicNames.FaultOf(command.Topic, _options) is not null)
            return ReadReply.Fail(ErrorCode.TopicNotFound, "There is no such topic.");
        try
        {
            return await GrainOf(command.Topic).ReadAsync(command);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return ReadReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await _watching;
        }
        catch (OperationCanceledException)
        {
            // It was told to.
        }

        Mirrors.Dispose();
        Hosted.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Waits until everything has been said to the other silos that followed from what was done here.</summary>
    public async Task SettleAsync()
    {
        await Task.WhenAll(_leaving.Values);
        await _publisher.FlushAsync();
    }

    private ITopicGrain GrainOf(string topic)
    {
        if (_grains.TryGetValue(topic, out var grain))
            return grain;
        if (_grains.Count >= GrainsKept)
            _grains.Clear();
        return _grains.GetOrAdd(topic, _grainFactory.GetGrain<ITopicGrain>(topic));
    }

    private SiloOutbox MakeOutbox(SiloAddress silo) => silo.Equals(_silos.Local)
        ? new SiloOutbox(silo, Hosted.Clock, _ => new([]), static () => true, Mirrors.Apply)
        : new SiloOutbox(silo, Hosted.Clock, async push => await _others.Of(silo).PushAsync(_silos.Local, push), () => _silos.MayLive(silo));

    private async Task EnterAsync(Interest interest)
    {
        var entering = _silos.AskAllAsync(silo => EnterAsync(silo, interest));
        _entering[interest] = entering;
        try
        {
            foreach (var (_, clockUs) in await entering)
                Hosted.Clock.Observe(clockUs);
        }
        finally
        {
            _entering.TryRemove(interest, out _);
        }
    }

    private Task<long> EnterAsync(SiloAddress silo, Interest interest)
    {
        if (!silo.Equals(_silos.Local))
            return _others.Of(silo).EnterAsync(_silos.Local, interest);
        Hosted.Enter(silo, interest);
        return Task.FromResult(Hosted.Clock.Next());
    }

    private Task<StandingReply> BeginAsync(SiloAddress silo, Interest interest, long atUs) => silo.Equals(_silos.Local)
        ? Task.FromResult(new StandingReply(atUs, [.. Hosted.Standing(silo, interest.Id, atUs)]))
        : _others.Of(silo).BeginAsync(_silos.Local, interest, atUs);

    private Task<TopicReply> ListAsync(SiloAddress silo, TopicCommand command) =>
        silo.Equals(_silos.Local) ? Task.FromResult(Hosted.Host.Execute(command)) : _others.Of(silo).ListAsync(command);

    private async Task<ImmutableArray<SubscriberInfo>> PresenceAsync(SiloAddress silo, string topic) =>
        silo.Equals(_silos.Local) ? [.. Mirrors.Desk.Subscribers(topic)] : await _others.Of(silo).PresenceAsync(topic);

    private void Left(Subscription subscription)
    {
        Mirrors.Prune(subscription);
        if (!_interests.TryRemove(subscription, out var interest))
            return;
        var leaving = LeaveAsync(interest);
        if (!leaving.IsCompleted && _leaving.TryAdd(interest, leaving))
            _ = leaving.ContinueWith(_ => _leaving.TryRemove(interest, out var _), TaskScheduler.Default);
    }

    private async Task LeaveAsync(Interest interest)
    {
        try
        {
            // A connection may close while its subscription is still becoming known.
            if (_entering.TryGetValue(interest, out var entering))
                await entering;
            await _silos.AskAllAsync(async silo =>
            {
                if (silo.Equals(_silos.Local))
                    Hosted.Leave(silo, interest.Id);
                else
                    await _others.Of(silo).LeaveAsync(_silos.Local, interest);
                return true;
            });
        }
        catch (NodeLostException error)
        {
            // It goes on sending here, where nobody wants it any more, until it is heard of again or given up.
            Log.Lost(_logger, error);
        }
    }

    private async Task JoinedAsync(SiloAddress silo)
    {
        try
        {
            var standings = await _others.Of(silo).LearnAsync(_silos.Local, Interests);
            Hosted.Clock.Observe(standings.ClockUs);
            foreach (var standing in standings.Topics)
                await Mirrors.FollowAsync(standing, whole: true);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.Lost(_logger, error);
        }
    }

    private Task LeftAsync(SiloAddress silo)
    {
        Hosted.Lose(silo);
        return Task.CompletedTask;
    }

    private static partial class Log
    {
        public static string Lost(ILogger logger, Exception error)
        {
            NodeLost(logger, error);
            return "The node of the cluster that has the topic did not answer.";
        }

        [LoggerMessage(300, LogLevel.Warning, "A silo did not answer")]
        private static partial void NodeLost(ILogger logger, Exception error);
    }
}
