using System.Collections.Concurrent;
using System.Text.Json;
using Grains.Engine;
using Grains.Topics;
using Grains.Topics.Subscriptions;

namespace Grains.Local;

/// <summary>
/// Subscribing and what ends it. A subscription enters the index first, then the topics that match learn of it, then it takes the place of the one
/// that it replaces and begins at one reading of the clock: every append with a later reading finds it, every earlier one is old. One that is
/// refused before that leaves everything as it was.
/// </summary>
/// <param name="options">The limits.</param>
/// <param name="table">The topics that subscriptions of this node read.</param>
/// <param name="index">The patterns of this node; the same that the table asks.</param>
/// <param name="connections">The outbound port.</param>
/// <param name="publish">Takes the messages of presence.</param>
/// <param name="left">Told of each subscription that has ended, once it gets nothing more.</param>
internal sealed class SubscriptionDesk(
    TopicOptions options, TopicTable table, SubscriptionIndex index, IConnections connections, Action<TopicMessage> publish,
    Action<Subscription>? left = null)
{
    // Most connections that are open have never subscribed: of them there is the name only.
    private readonly ConcurrentDictionary<ConnectionId, SubscriberConnection?> _connections = new();
    private readonly NodeQueues _queues = new(options.Budgets.QueuesBytesMax);

    /// <summary>Bytes queued for all subscriptions.</summary>
    public long QueuedBytes => _queues.All.Used;

    public void Open(ConnectionId id) => _connections[id] = null;

    public void Close(ConnectionId id)
    {
        if (!_connections.TryRemove(id, out var connection) || connection is null)
            return;
        connection.Close();
        Subscription[] subscriptions, entering;
        lock (connection.SubscriptionsLock)
        {
            subscriptions = [.. connection.Subscriptions!.Values];
            entering = [.. connection.Entering];
            connection.Subscriptions = null;
            connection.Entering.Clear();
        }

        foreach (var subscription in subscriptions)
            Leave(subscription);
        foreach (var subscription in entering)
            Abandon(subscription);
    }

    public void Grant(ConnectionId id, long bytes)
    {
        if (_connections.TryGetValue(id, out var connection))
            connection?.Grant(bytes);
    }

    /// <summary>Hands over what waits for a connection: before an answer that must not come first.</summary>
    public void HandOver(ConnectionId id)
    {
        if (_connections.TryGetValue(id, out var connection))
            connection?.Deliver(isOwn: true);
    }

    public SubscribeReply Subscribe(ConnectionId id, SubscribeCommand command) =>
        Enter(id, command, out var subscription) is { } refusal ? refusal : Begin(subscription!);

    /// <summary>The first half of subscribing: from here on the subscription is found by what is published, and keeps nothing yet. It begins or
    /// is abandoned.</summary>
    /// <returns>The refusal, or null.</returns>
    public SubscribeReply? Enter(ConnectionId id, SubscribeCommand command, out Subscription? subscription)
    {
        subscription = null;
        if (Check(command) is { } refusal)
            return refusal;
        if (Subscriber(id) is not { } connection)
            return NoConnection(id);
        var entered = new Subscription(connection, command, options);
        if (TryEnter(connection, entered) is { } full)
            return full;
        index.Add(entered);
        foreach (var topic in table.Matching(entered))
        {
            lock (topic.Turn)
            {
                if (topic.Removed)
                    continue;
                topic.ReadersAreStale = true;
                entered.FeedOf(topic);
            }
        }

        subscription = entered;
        return null;
    }

    /// <returns>Why a subscription that has entered cannot begin when so many topics of all nodes match it, or null.</returns>
    public SubscribeReply? CheckFeeds(Subscription subscription, int matching)
    {
        var connection = subscription.Connection;
        int replaced;
        lock (connection.SubscriptionsLock)
            replaced = connection.Subscriptions?.GetValueOrDefault(subscription.Command.SubscriptionId)?.FeedCount ?? 0;
        return connection.FeedBudget.Used - replaced + matching > options.Budgets.FeedsPerConnectionMax
            ? SubscribeReply.Fail(ErrorCode.TooManySubscriptions, TooManyFeeds)
            : null;
    }

    /// <summary>The second half: the subscription takes the place of the one with its id and begins, now, or at a reading of the clock that other
    /// nodes have seen too. One that is refused is abandoned.</summary>
    /// <param name="subscription">It has entered.</param>
    /// <param name="atUs">The reading; 0 for now.</param>
    public SubscribeReply Begin(Subscription subscription, long atUs = 0)
    {
        if (TryReplace(subscription, out var replaced) is { } refusal)
        {
            Abandon(subscription);
            return refusal;
        }

        if (replaced is not null)
            Leave(replaced);
        subscription.Admit();
        subscription.Begin(atUs != 0 ? atUs : table.Clock.Next());
        // Looked up again: a topic may have been born since the first look with a message older than the beginning, which no
        // later publish need follow.
        foreach (var topic in table.Matching(subscription))
        {
            lock (topic.Turn)
            {
                if (topic.Removed)
                    continue;
                subscription.FeedOf(topic);
                subscription.Start(topic);
                table.Account(topic);
            }
        }

        table.Relieve();
        Announce(subscription, "join");
        return new SubscribeReply { SubscribedAtUs = subscription.SubscribedAtUs, Replaced = replaced is not null };
    }

    /// <summary>Takes back one that has entered and has not begun.</summary>
    public void Abandon(Subscription subscription)
    {
        lock (subscription.Connection.SubscriptionsLock)
            subscription.Connection.Entering.Remove(subscription);
        End(subscription);
    }

    /// <summary>Who subscribes to a topic, in the order of their coming.</summary>
    public IEnumerable<SubscriberInfo> Subscribers(string topic) => index.Match(topic)
        .Where(subscription => subscription.SubscribedAtUs != 0)
        .Select(subscription => new SubscriberInfo(
            subscription.Connection.Id.Text,
            subscription.Command.SubscriptionId,
            subscription.Command.Subscriber,
            subscription.SubscribedAtUs,
            subscription.Matchers.First(matcher => matcher.Matches(topic)).Pattern.Text))
        .OrderBy(info => info.SubscribedAtUs);

    public void Activate(ConnectionId id, string subscriptionId)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection is null)
            return;
        Subscription? subscription;
        lock (connection.SubscriptionsLock)
            subscription = connection.Subscriptions?.GetValueOrDefault(subscriptionId);
        subscription?.Activate();
        connection.Deliver(isOwn: true);
    }

    public bool Unsubscribe(ConnectionId id, string subscriptionId)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection is null)
            return false;
        Subscription? subscription;
        lock (connection.SubscriptionsLock)
        {
            if (connection.Subscriptions is null || !connection.Subscriptions.Remove(subscriptionId, out subscription))
                return false;
        }

        Leave(subscription);
        return true;
    }

    /// <returns>Null when the connection is not open.</returns>
    private SubscriberConnection? Subscriber(ConnectionId id)
    {
        while (_connections.TryGetValue(id, out var connection))
        {
            if (connection is not null)
                return connection;
            connection = new SubscriberConnection(id, connections, Overflowed, options.Budgets, _queues);
            if (_connections.TryUpdate(id, connection, null))
                return connection;
        }

        return null;
    }

    private SubscribeReply? Check(SubscribeCommand command)
    {
        if (command.SubscriptionId.Length is 0 || command.SubscriptionId.Length > options.TopicCharsMax)
            return SubscribeReply.Fail(ErrorCode.InvalidName, $"A subscription id has 1 to {options.TopicCharsMax} characters.");
        if (command.Patterns.IsDefaultOrEmpty)
            return SubscribeReply.Fail(ErrorCode.InvalidArgument, "A subscription needs a pattern.");
        if (command.Patterns.Length > options.PatternsPerSubscriptionMax)
            return SubscribeReply.Fail(ErrorCode.InvalidArgument, $"A subscription has at most {options.PatternsPerSubscriptionMax} patterns.");
        if (command.QueueMessagesMax is < 1)
            return SubscribeReply.Fail(ErrorCode.InvalidArgument, "A queue holds at least one message.");
        if (command.Subscriber.Length > options.Names.TextCharsMax)
            return SubscribeReply.Fail(ErrorCode.InvalidArgument, $"A subscriber has at most {options.Names.TextCharsMax} characters.");
        var faults = command.Patterns.Select(pattern => TopicNames.FaultOf(pattern, options))
            .Concat(command.Resume.Keys.Select(topic => TopicNames.FaultOf(topic, options)));
        return faults.FirstOrDefault(fault => fault is not null) is { } wrong ? SubscribeReply.Fail(ErrorCode.InvalidName, wrong) : null;
    }

    private static SubscribeReply NoConnection(ConnectionId id) =>
        SubscribeReply.Fail(ErrorCode.ConnectionNotFound, $"There is no connection {id}.");

    private SubscribeReply? TryEnter(SubscriberConnection connection, Subscription subscription)
    {
        var id = subscription.Command.SubscriptionId;
        var feeds = FeedsWanted(connection, subscription);
        lock (connection.SubscriptionsLock)
        {
            if (connection.Subscriptions is not { } subscriptions)
                return NoConnection(connection.Id);
            Subscription[] others = [.. subscriptions.Values.Concat(connection.Entering).Where(other => other.Command.SubscriptionId != id)];
            if (!subscriptions.TryGetValue(id, out var replaced) && others.Length >= options.SubscriptionsPerConnectionMax)
                return SubscribeReply.Fail(ErrorCode.TooManySubscriptions,
                    $"A connection has at most {options.SubscriptionsPerConnectionMax} subscriptions.");
            if (FaultOf(connection, subscription, others, feeds - (replaced?.FeedCount ?? 0)) is { } fault)
                return SubscribeReply.Fail(ErrorCode.TooManySubscriptions, fault);
            connection.Entering.Add(subscription);
            return null;
        }
    }

    private static SubscribeReply? TryReplace(Subscription subscription, out Subscription? replaced)
    {
        var (connection, id) = (subscription.Connection, subscription.Command.SubscriptionId);
        lock (connection.SubscriptionsLock)
        {
            replaced = null;
            if (connection.Subscriptions is not { } subscriptions || !connection.Entering.Remove(subscription))
                return NoConnection(connection.Id);
            subscriptions.TryGetValue(id, out replaced);
            subscriptions[id] = subscription;
            return null;
        }
    }

    /// <returns>Why a connection that keeps its other subscriptions can have no more, or null.</returns>
    private string? FaultOf(SubscriberConnection connection, Subscription subscription, Subscription[] others, int moreFeeds)
    {
        var (patterns, resumed) = (subscription.Matchers.Length, subscription.Command.Resume.Count);
        foreach (var other in others)
            (patterns, resumed) = (patterns + other.Matchers.Length, resumed + other.Command.Resume.Count);
        if (patterns > options.Names.PatternsPerConnectionMax)
            return $"A connection has at most {options.Names.PatternsPerConnectionMax} patterns.";
        if (resumed > options.Budgets.ResumeTopicsPerConnectionMax)
            return $"A connection resumes at most {options.Budgets.ResumeTopicsPerConnectionMax} topics.";
        return connection.FeedBudget.Used + moreFeeds > options.Budgets.FeedsPerConnectionMax ? TooManyFeeds : null;
    }

    /// <summary>How many topics it matches now; that is only counted where it could be too many.</summary>
    private int FeedsWanted(SubscriberConnection connection, Subscription subscription) =>
        connection.FeedBudget.Used + table.Names > options.Budgets.FeedsPerConnectionMax ? table.Matching(subscription).Count : 0;

    private string TooManyFeeds =>
        $"The subscriptions of a connection match at most {options.Budgets.FeedsPerConnectionMax} topics, one that two of them match counted twice.";

    /// <summary>Its rule is to close, or it matches too many topics: the subscription ends, and its connection is told.</summary>
    private void Overflowed(Subscription subscription)
    {
        lock (subscription.Connection.SubscriptionsLock)
        {
            if (subscription.Connection.Subscriptions?.GetValueOrDefault(subscription.Command.SubscriptionId) != subscription)
                return;
            subscription.Connection.Subscriptions.Remove(subscription.Command.SubscriptionId);
        }

        Leave(subscription);
        connections.SubscriptionEnded(subscription.Connection.Id, subscription.Command.SubscriptionId, subscription.Overflow,
            subscription.Overflow == ErrorCode.SlowReader ? "The subscription's queue is full, and its rule is to close." : TooManyFeeds);
    }

    private void Leave(Subscription subscription)
    {
        End(subscription);
        Announce(subscription, "leave");
    }

    private void End(Subscription subscription)
    {
        var topics = subscription.Close();
        subscription.Connection.Settle();
        index.Remove(subscription);
        foreach (var topic in topics)
        {
            lock (topic.Turn)
                topic.ReadersAreStale = true;
        }

        left?.Invoke(subscription);
    }

    private void Announce(Subscription subscription, string @event)
    {
        var command = subscription.Command;
        if (!command.Presence)
            return;
        foreach (var pattern in command.Patterns)
        {
            var payload = JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string>
            {
                ["event"] = @event,
                ["subscriber"] = command.Subscriber,
                ["connection_id"] = subscription.Connection.Id.Text,
                ["subscription_id"] = command.SubscriptionId,
                ["pattern"] = pattern.Text,
            });
            publish(new TopicMessage($"system.presence.{pattern.Text}", Value.Json(payload)) { Publisher = "grains" });
        }
    }
}
