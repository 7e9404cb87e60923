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
    private readonly TopicGrains _grains;
    private readonly TopicOptions _options;
    private readonly TimeProvider _time;
    private readonly Silos _silos;
    private readonly TopicSilos _others;
    private readonly OrderedPublisher _publisher;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopping = new();
    private Task? _watching;

    public OrleansTopics(
        TopicOptions options, TimeProvider time, IConnections connections, IGrainFactory grainFactory, Silos silos, TopicSilos others,
        ILogger<OrleansTopics> logger)
    {
        _options = options;
        _time = time;
        _grains = new TopicGrains(grainFactory);
        _silos = silos;
        _others = others;
        _logger = logger;
        _publisher = new OrderedPublisher(message => PublishAsync(default, message), logger);
        var clock = new TopicClock(time);
        Mirrors = new MirroredTopics(options, time, clock, connections, FetchAsync, message => _ = _publisher.Add(message), Left);
        Hosted = new HostedTopics(options, time, clock, MakeOutbox);
        Interests = new SiloInterests(Hosted, silos, others);
    }

    public HostedTopics Hosted { get; }

    public MirroredTopics Mirrors { get; }

    public SiloInterests Interests { get; }

    /// <summary>What the others' connections subscribe to: before the silo is active, and again when it is.</summary>
    public Task LookAsync()
    {
        _watching ??= _silos.WatchAsync(JoinedAsync, LeftAsync, _stopping.Token);
        return Interests.LookAsync();
    }

    public void OpenConnection(ConnectionId connection) => Mirrors.Desk.Open(connection);

    public async ValueTask CloseConnectionAsync(ConnectionId connection)
    {
        Mirrors.Desk.Close(connection);
        await SettleAsync(connection);
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
            var reply = await _grains.Of(message.Topic).PublishAsync(message, opId);
            // On the publisher's own connection its notification comes before its ack.
            if (reply.Error == ErrorCode.None && !publisher.IsNone && Mirrors.IsReadBy(publisher, message.Topic))
            {
                await CatchUpAsync(message.Topic, new TopicPosition(reply.Epoch, reply.Offset + 1));
                Mirrors.Desk.HandOver(publisher);
            }

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
        if (Mirrors.Desk.Enter(connection, command, out var subscription) is { } refusal)
            return refusal;
        SubscribeReply reply;
        try
        {
            reply = await BeginAsync(subscription!, command);
        }
        catch (Exception error)
        {
            Mirrors.Desk.Abandon(subscription!);
            if (!NodeLostException.IsOne(error))
                throw;
            reply = SubscribeReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }

        // What it has replaced is gone everywhere, and who watches has been told.
        await SettleAsync(connection);
        return reply;
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
            await SettleAsync(connection);
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
                return await _grains.Of(command.Topic).ExecuteAsync(command);
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
            return await _grains.Of(command.Topic).ReadAsync(command);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            return ReadReply.Fail(ErrorCode.NodeLost, Log.Lost(_logger, error));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await (_watching ?? Task.CompletedTask);
        Mirrors.Dispose();
        Hosted.Dispose();
        _stopping.Dispose();
    }

    /// <summary>A silo has become active: it is told of every subscription here, and what it has of the topics that they read comes here.</summary>
    internal Task JoinedAsync(SiloAddress silo) =>
        _silos.TellAsync(silo, _ => Interests.TellAsync(silo, standing => Mirrors.FollowAsync(standing, whole: true)));

    /// <summary>Waits until everything has been said to the other silos that followed from what was done here for a connection; who watches is
    /// told too, unless the topic of that keeps everybody waiting.</summary>
    private async Task SettleAsync(ConnectionId connection)
    {
        await Interests.SettleAsync(connection);
        await _publisher.FlushAsync().WaitAsync(SiloOutbox.LateAfter).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Until it begins nothing has changed for the connection: another subscription with its id goes on.</summary>
    private async Task<SubscribeReply> BeginAsync(Subscription subscription, SubscribeCommand command)
    {
        var interest = await Interests.EnterAsync(subscription);
        var atUs = Hosted.Clock.Next();
        var matching = await Interests.BeginAsync(interest, atUs, _options.Budgets.FeedsPerConnectionMax);
        var whole = command.Start != StartKind.New || command.AsOfUs != 0 || command.Resume.Count > 0;
        if (Mirrors.Desk.CheckFeeds(subscription, matching.Count) is { } tooMany)
        {
            Mirrors.Desk.Abandon(subscription);
            return tooMany;
        }

        foreach (var standing in matching)
            await Mirrors.FollowAsync(standing, whole);
        return Mirrors.Desk.Begin(subscription, atUs);
    }

    /// <summary>What has been appended is acknowledged also when it cannot be shown here yet.</summary>
    private async Task CatchUpAsync(string topic, TopicPosition position)
    {
        try
        {
            await Mirrors.CatchUpAsync(topic, position);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.Lost(_logger, error);
        }
    }

    private ValueTask<LogPage> FetchAsync(string topic, long epoch, long from) => _grains.Of(topic).LogAsync(epoch, from, LogPage.BytesMax);

    private SiloOutbox MakeOutbox(SiloAddress silo) => silo.Equals(_silos.Local)
        ? SiloOutbox.ToItself(silo, Mirrors.Apply)
        : new SiloOutbox(silo, _time, Hosted.Clock, push => _others.Of(silo).PushAsync(_silos.Local, push), () => _silos.MayLive(silo), _logger);

    private Task<TopicReply> ListAsync(SiloAddress silo, TopicCommand command) =>
        silo.Equals(_silos.Local) ? Task.FromResult(Hosted.Host.Execute(command)) : _others.Of(silo).ListAsync(command);

    private async Task<ImmutableArray<SubscriberInfo>> PresenceAsync(SiloAddress silo, string topic) =>
        silo.Equals(_silos.Local) ? [.. Mirrors.Desk.Subscribers(topic)] : await _others.Of(silo).PresenceAsync(topic);

    private void Left(Subscription subscription)
    {
        Mirrors.Prune(subscription);
        Interests.Leave(subscription);
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
