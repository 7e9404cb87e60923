using System.Collections.Concurrent;
using Grains.Engine;
using Grains.Functions;
using Grains.Local;

namespace Grains.Tests.Functions;

/// <summary>Everything that can end a call at once, on all threads.</summary>
public sealed class CallRaceTests
{
    private const int Connections = 6;
    private const int CallsPerThread = 4_000;
    private const int Limit = 3;

    [Fact]
    public async Task Every_call_ends_once_runs_at_one_provider_and_leaves_nothing_behind()
    {
        var time = new ManualTime();
        var world = new World();
        var table = new FunctionTable(time: time);
        table.Add(new FunctionOffer("f") { ConcurrencyMax = Limit, Priority = 1 }, async (ICallContext context) =>
        {
            await Task.Yield();
            return context.CallId.Length % 2 == 0 ? "ran" : throw new ProviderBusyException();
        });
        using var engine = new LocalFunctions(new FunctionOptions { CallsWaitingMax = 50 }, time, world, table);
        world.Engine = engine;
        for (var i = 0; i < Connections; i++)
            await world.OpenAsync(i);

        var callers = Enumerable.Range(0, 4).Select(seed => Task.Run(() => CallAsync(world, engine, time, new Random(seed)))).ToList();
        using var done = new CancellationTokenSource();
        var disturbers = new[]
        {
            Task.Run(() => DisturbAsync(world, new Random(100), done.Token), TestContext.Current.CancellationToken),
            Task.Run(() => AnswerAsync(world, new Random(101), done.Token), TestContext.Current.CancellationToken),
            Task.Run(() => Tick(time, done.Token), TestContext.Current.CancellationToken),
        };
        var replies = (await Task.WhenAll(callers).OrFail()).SelectMany(static tasks => tasks).ToList();
        await done.CancelAsync();
        await Task.WhenAll(disturbers).WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);
        for (var i = 0; i < Connections; i++)
            await world.CloseAsync(i);
        time.Advance(TimeSpan.FromMinutes(10));
        var codes = (await Task.WhenAll(replies).OrFail()).GroupBy(static reply => reply.Error).ToDictionary(static g => g.Key, static g => g.Count());

        Assert.Equal(4 * CallsPerThread, codes.Values.Sum());
        Assert.All([ErrorCode.None, ErrorCode.Cancelled, ErrorCode.Timeout, ErrorCode.ProviderLost], code => Assert.Contains(code, codes.Keys));
        Assert.Equal(0, engine.CallsRunning);
        Assert.Empty(world.Faults);
        await Task.Run(async () =>
        {
            // A function in the server keeps its place until it returns, which may be after its call has ended.
            while ((await engine.ListAsync("f")).Single().Running > 0)
                await Task.Yield();
        }, TestContext.Current.CancellationToken).WaitAsync(Guard.Limit, TestContext.Current.CancellationToken);
    }

    private static async Task<List<Task<CallReply>>> CallAsync(World world, LocalFunctions engine, ManualTime time, Random random)
    {
        var replies = new List<Task<CallReply>>();
        for (var i = 0; i < CallsPerThread; i++)
        {
            var callId = CallIds.Next();
            var caller = random.Next(3) == 0 ? default : world.Current(random.Next(Connections));
            var call = new FunctionCall("f")
            {
                Stream = random.Next(2) == 0,
                Target = random.Next(10) == 0 ? world.Current(random.Next(Connections)) : default,
            };
            var deadlineIn = random.Next(4) == 0 ? 500_000_000 : random.Next(1_000, 100_000);
            var reply = engine.CallAsync(new CallCommand(callId, caller, call, time.NowUs() + deadlineIn)).AsTask();
            replies.Add(world.WatchAsync(callId, reply));
            if (random.Next(4) == 0)
                await engine.CancelAsync(callId);
            if (random.Next(8) == 0)
                await Task.Yield();
        }

        return replies;
    }

    private static async Task DisturbAsync(World world, Random random, CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            var at = random.Next(Connections);
            await world.CloseAsync(at);
            await world.OpenAsync(at);
            for (var i = 0; i < 20; i++)
                await Task.Yield();
        }
    }

    private static async Task AnswerAsync(World world, Random random, CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            await world.AnswerOneAsync(random);
            await Task.Yield();
        }
    }

    private static void Tick(ManualTime time, CancellationToken token)
    {
        while (!token.IsCancellationRequested)
        {
            time.Advance(TimeSpan.FromMilliseconds(1));
            Thread.Yield();
        }
    }

    /// <summary>Connections that come and go; each refuses, answers at once, answers later or stays silent.</summary>
    private sealed class World : IConnections
    {
        private readonly ConnectionId[] _current = new ConnectionId[Connections];
        private readonly ConcurrentDictionary<ConnectionId, ConcurrentDictionary<string, bool>> _running = new();
        private readonly ConcurrentDictionary<string, ConnectionId> _accepted = new();
        private readonly ConcurrentDictionary<string, bool> _ended = new();
        private readonly ConcurrentQueue<(ConnectionId Provider, string CallId)> _later = new();
        private int _opened;

        public LocalFunctions? Engine { get; set; }

        public ConcurrentQueue<string> Faults { get; } = new();

        public ConnectionId Current(int at)
        {
            lock (_current)
                return _current[at];
        }

        public async Task OpenAsync(int at)
        {
            var id = new ConnectionId($"k{at}-{Interlocked.Increment(ref _opened)}");
            _running[id] = new ConcurrentDictionary<string, bool>();
            lock (_current)
                _current[at] = id;
            Engine!.OpenConnection(id);
            await Engine.OfferAsync(id, new FunctionOffer("f") { ConcurrencyMax = Limit });
        }

        public async Task CloseAsync(int at)
        {
            await Task.Yield();
            Engine!.CloseConnection(Current(at));
        }

        public async Task<CallReply> WatchAsync(string callId, Task<CallReply> reply)
        {
            var ended = await reply;
            if (!_ended.TryAdd(callId, true))
                Faults.Enqueue($"{callId} ended twice");
            return ended;
        }

        public bool Invoke(ConnectionId provider, Invocation invocation)
        {
            var running = _running[provider];
            if (!running.TryAdd(invocation.CallId, true))
                Faults.Enqueue($"{provider} was asked twice for {invocation.CallId}");
            if (running.Count > Limit)
                Faults.Enqueue($"{provider} runs {running.Count} calls");
            switch (Random.Shared.Next(5))
            {
                case 0:
                    Finish(provider, invocation.CallId, CallReply.Fail(ErrorCode.Busy, "busy"));
                    return true;
                case 1:
                    Accept(provider, invocation.CallId);
                    Finish(provider, invocation.CallId, CallReply.Ok(Value.Null));
                    return true;
                case 2:
                    running.TryRemove(invocation.CallId, out _);
                    return false;
                case 3:
                    _later.Enqueue((provider, invocation.CallId));
                    return true;
                default:
                    Accept(provider, invocation.CallId);
                    return true;
            }
        }

        public async Task AnswerOneAsync(Random random)
        {
            if (!_later.TryDequeue(out var next))
                return;
            await Engine!.ReportAsync(next.Provider, next.CallId, Value.Null);
            if (random.Next(3) == 0)
            {
                Finish(next.Provider, next.CallId, CallReply.Fail(ErrorCode.Busy, "busy"));
                return;
            }

            if (_running[next.Provider].ContainsKey(next.CallId))
                Accept(next.Provider, next.CallId);
            Finish(next.Provider, next.CallId, CallReply.Ok(Value.Null));
        }

        public void CancelInvocation(ConnectionId provider, string callId, ErrorCode reason) => _running[provider].TryRemove(callId, out _);

        public void Report(ConnectionId caller, string callId, Value item)
        {
            if (_ended.ContainsKey(callId))
                Faults.Enqueue($"an item of {callId} came after its end");
        }

        public void Deliver(ConnectionId connection, in DeliveryBatch batch) => throw new NotSupportedException();

        public void SubscriptionEnded(ConnectionId connection, string subscriptionId, ErrorCode code, string message) => throw new NotSupportedException();

        private void Accept(ConnectionId provider, string callId)
        {
            if (_accepted.GetOrAdd(callId, provider) != provider)
                Faults.Enqueue($"{callId} ran twice");
        }

        private void Finish(ConnectionId provider, string callId, CallReply reply)
        {
            _running[provider].TryRemove(callId, out _);
            _ = Engine!.CompleteAsync(provider, callId, reply).AsTask();
        }
    }
}
