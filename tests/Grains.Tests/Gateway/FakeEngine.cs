using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grains.Connections;
using Grains.Engine;
using Grains.Functions;

namespace Grains.Tests.Gateway;

/// <summary>An engine of a few lines, for tests of the front door alone: answers at once, or when <see cref="Gate"/> says so.</summary>
internal sealed class FakeEngine(ConnectionTable table, TimeProvider time) : IEngine, ICacheEngine, ITopicEngine, IFunctionEngine
{
    private readonly Lock _lock = new();
    private readonly Dictionary<CacheKey, (Value Value, long Revision)> _entries = [];
    private readonly List<(ConnectionId Connection, string Id, bool Active)> _subscriptions = [];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _cancelled = new();
    private long _revision;
    private long _offset;

    public string Name => "fake";

    public string Storage => "memory";

    public ICacheEngine Cache => this;

    public ITopicEngine Topics => this;

    public IFunctionEngine Functions => this;

    /// <summary>What an operation waits for before it ends; null: nothing. Named by <c>get ns:id:v</c>, <c>publish topic</c>, <c>call fun</c>.</summary>
    public Func<string, Task?> Gate { get; set; } = static _ => null;

    /// <summary>Everything that came, in the order in which it took effect.</summary>
    public List<string> Log { get; } = [];

    public long Granted { get; private set; }

    public int Opened { get; private set; }

    public int Closed { get; private set; }

    /// <summary>What it takes to close a connection.</summary>
    public Task Closing { get; set; } = Task.CompletedTask;

    /// <summary>Ends when a call has been cancelled.</summary>
    public TaskCompletionSource Cancelled { get; } = new();

    /// <summary>What <c>echo</c> returns; none: its arguments.</summary>
    public Value Result { get; set; }

    /// <summary>What an operation over a namespace answers; null: something of everything.</summary>
    public NamespaceReply? OverReply { get; set; }

    /// <summary>The last operation over a namespace that came; null before the first.</summary>
    public NamespaceCommand? LastOver { get; private set; }

    /// <summary>The last call that came; null before the first.</summary>
    public CallCommand? LastCall { get; private set; }

    public TaskCompletionSource<Invocation> Invoked { get; } = new();

    public ValueTask OpenAsync(ConnectionId connection, ConnectionInfo info)
    {
        Opened++;
        return default;
    }

    public ValueTask CloseAsync(ConnectionId connection)
    {
        lock (_lock)
        {
            Closed++;
            _subscriptions.RemoveAll(s => s.Connection == connection);
        }

        return new(Closing);
    }

    public ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command) =>
        Gate($"{command.Operation} {key}") is { } gate ? ExecuteLaterAsync(gate, key, command) : new(Apply(key, command));

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command)
    {
        if (Gate($"{command.Operation} {command.Namespace}") is { } gate)
            await gate;
        Note($"{command.Operation} {command.Namespace}");
        LastOver = command;
        return OverReply ?? new NamespaceReply { AffectedCount = 3, Count = 4, Keys = ["a", "b"], Cursor = "next", Data = Value.Json("{}") };
    }

    /// <summary>A publish with this op_id was made four minutes ago.</summary>
    public const string KnownOpId = "known";

    public ValueTask<PublishReply> PublishAsync(ConnectionId publisher, TopicMessage message, string? opId = null)
    {
        if (opId == KnownOpId)
            return new(new PublishReply { Epoch = 5, MessageId = "known", AppendedAtUs = time.NowUs() - 240_000_000 });
        return Gate($"publish {message.Topic}") is { } gate ? PublishLaterAsync(gate, message) : new(Append(message));
    }

    public ValueTask<SubscribeReply> SubscribeAsync(ConnectionId connection, SubscribeCommand command)
    {
        lock (_lock)
            _subscriptions.Add((connection, command.SubscriptionId, false));
        Note($"subscribe {command.SubscriptionId} {command.Start}");
        return new(new SubscribeReply { SubscribedAtUs = time.NowUs() });
    }

    public ValueTask ActivateAsync(ConnectionId connection, string subscriptionId)
    {
        lock (_lock)
            _subscriptions[_subscriptions.FindIndex(s => s.Connection == connection && s.Id == subscriptionId)] = (connection, subscriptionId, true);
        return default;
    }

    public ValueTask<bool> UnsubscribeAsync(ConnectionId connection, string subscriptionId)
    {
        lock (_lock)
            return new(_subscriptions.RemoveAll(s => s.Connection == connection && s.Id == subscriptionId) > 0);
    }

    public ValueTask GrantAsync(ConnectionId connection, long bytes)
    {
        lock (_lock)
            Granted += bytes;
        return default;
    }

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command)
    {
        Note($"{command.Operation} {command.Topic}");
        return new(new TopicReply { Topics = [new TopicDescription(command.Topic) { Epoch = 5, NextOffset = 2 }], AffectedCount = 2 });
    }

    public ValueTask<ReadReply> ReadAsync(ReadCommand command) =>
        new(new ReadReply { Epoch = 5, Records = [new TopicRecord(7, time.NowUs(), new TopicMessage(command.Topic, Value.Json("1")) { MessageId = "m" })], NextOffset = 8 });

    public async ValueTask<CallReply> CallAsync(CallCommand command)
    {
        LastCall = command;
        if (Gate($"call {command.Call.Function}") is { } gate)
        {
            var cancelled = _cancelled.GetOrAdd(command.CallId, static _ => new TaskCompletionSource());
            if (await Task.WhenAny(gate, cancelled.Task) != gate)
                return CallReply.Fail(ErrorCode.Cancelled, "Cancelled");
        }

        if (command.Call.Stream)
        {
            table.Report(command.Caller, command.CallId, Value.Json("\"one\""));
            table.Report(command.Caller, command.CallId, Value.Json("\"two\""));
        }

        return command.Call.Function == "echo"
            ? CallReply.Ok(Result.IsNone ? command.Call.Arguments : Result)
            : CallReply.Fail(ErrorCode.FunctionNotFound, "Command not found", $"Command not found: {command.Call.Function}");
    }

    public ValueTask CancelAsync(string callId)
    {
        _cancelled.GetOrAdd(callId, static _ => new TaskCompletionSource()).TrySetResult();
        Cancelled.TrySetResult();
        return default;
    }

    public ValueTask<CallReply> OfferAsync(ConnectionId provider, FunctionOffer offer)
    {
        Note($"offer {offer.Function}");
        if (offer.Function == "echo")
            return new(CallReply.Fail(ErrorCode.FunctionReserved, "Reserved"));
        table.Invoke(provider, new Invocation("c-1", offer.Function, Value.Json("[1]"), default, default, time.NowUs() + 5_000_000, false));
        table.CancelInvocation(provider, "c-1", ErrorCode.Timeout);
        return new(CallReply.Ok(default));
    }

    public ValueTask<bool> WithdrawAsync(ConnectionId provider, string function) => new(false);

    public ValueTask CompleteAsync(ConnectionId provider, string callId, CallReply reply)
    {
        Note($"complete {callId} {(int)reply.Error} {reply.Result}");
        return default;
    }

    public ValueTask ReportAsync(ConnectionId provider, string callId, Value item)
    {
        Note($"report {callId} {item}");
        return default;
    }

    public ValueTask<ImmutableArray<FunctionInfo>> ListAsync(string pattern) => new([]);

    public ValueTask<ImmutableArray<NodeInfo>> NodesAsync() => new([new NodeInfo()]);

    public ValueTask DisposeAsync() => default;

    private void Note(string what)
    {
        lock (_lock)
            Log.Add(what);
    }

    private async ValueTask<CacheReply> ExecuteLaterAsync(Task gate, CacheKey key, CacheCommand command)
    {
        await gate;
        return Apply(key, command);
    }

    private CacheReply Apply(CacheKey key, CacheCommand command)
    {
        lock (_lock)
        {
            var existed = _entries.TryGetValue(key, out var entry);
            if (Log.Count < 1_000)
                Log.Add($"{command.Operation} {key.Identifier}");
            switch (command.Operation)
            {
                case "get":
                    return existed
                        ? new CacheReply { Value = entry.Value, Revision = entry.Revision, Existed = true, Entry = new EntryInfo { LastAccessAtUs = time.NowUs() } }
                        : new CacheReply { Outcome = CacheOutcome.Miss };
                case "put":
                    return Store(key, command.Value, existed);
                case "test_and_set":
                    var current = existed ? entry.Value : Value.Null;
                    var expected = command.Expected.IsNone ? Value.Null : command.Expected;
                    return current == expected
                        ? Store(key, command.Value, existed)
                        : new CacheReply { Outcome = CacheOutcome.Conflict, Error = ErrorCode.ConditionFailed, Message = "Test condition failed", OldValue = current };
                case "delete":
                    _entries.Remove(key);
                    return new CacheReply { Outcome = existed ? CacheOutcome.Hit : CacheOutcome.Miss };
                case "throw":
                    throw new InvalidOperationException("A fault of the engine.");
                default:
                    return new CacheReply { Result = Value.Json("true"), Size = 2, Revision = 9 };
            }
        }
    }

    private CacheReply Store(CacheKey key, Value value, bool existed)
    {
        _entries[key] = (value, ++_revision);
        return new CacheReply { Value = value, Revision = _revision, Existed = existed };
    }

    private async ValueTask<PublishReply> PublishLaterAsync(Task gate, TopicMessage message)
    {
        await gate;
        return Append(message);
    }

    private PublishReply Append(TopicMessage message)
    {
        Note($"publish {message.Topic} {message.Payload}");
        var kept = message with { MessageId = message.MessageId ?? "m" + _offset };
        var record = new TopicRecord(_offset++, time.NowUs(), kept);
        (ConnectionId Connection, string Id, bool Active)[] readers;
        lock (_lock)
            readers = [.. _subscriptions.Where(s => s.Active)];
        foreach (var reader in readers)
            table.Deliver(reader.Connection, new DeliveryBatch(reader.Id, new[] { new Delivery(message.Topic, 5, record) }));
        return new PublishReply { Epoch = 5, Offset = record.Offset, Receivers = readers.Length, MessageId = kept.MessageId, AppendedAtUs = record.AppendedAtUs };
    }
}
