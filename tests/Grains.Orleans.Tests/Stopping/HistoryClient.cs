using System.Globalization;
using Grains.Tests.Linearizability;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>One of several clients that work the same keys, with everything recorded that it asks and is told.</summary>
internal sealed class HistoryClient(ICache cache, int number, IReadOnlyList<CacheKey> keys, HistoryRecorder recorder)
{
    /// <summary>So many operations as can be judged, not as many as can be made.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly Random _random = new(number);
    private volatile bool _stopping;
    private int _puts;
    private Task _working = Task.CompletedTask;

    public Counter Done { get; } = new();

    public void Start() => _working = Task.Run(RunAsync);

    public Task FinishAsync()
    {
        _stopping = true;
        return _working.WaitAsync(Counter.Patience);
    }

    /// <returns>Whether it was answered.</returns>
    public async Task<bool> RunAsync(CacheKey key, KeyCall call)
    {
        var recorded = recorder.Begin(number, key.Identifier, call);
        if (await AskAsync(key, call) is not { } reply)
            return false;
        recorded.Returned(reply);
        Done.Add();
        return true;
    }

    private async Task RunAsync()
    {
        var answered = true;
        while (!_stopping)
        {
            // After one whose outcome is not known it reads until it is answered: many unknown writes could have had too many orders.
            answered = await RunAsync(keys[_random.Next(keys.Count)], answered ? Call() : new KeyCall(CallKind.Get));
            await Task.Delay(Pause);
        }
    }

    private KeyCall Call() => _random.Next(10) switch
    {
        < 4 => new KeyCall(CallKind.Get),
        < 8 => new KeyCall(CallKind.Increment),
        8 => new KeyCall(CallKind.Put) { Operand = ((++_puts * 1_000_000) + (number * 100_000_000)).ToString(CultureInfo.InvariantCulture) },
        _ => new KeyCall(CallKind.Delete),
    };

    /// <returns>Null when nobody can know whether it was done.</returns>
    private async Task<KeyReply?> AskAsync(CacheKey key, KeyCall call)
    {
        try
        {
            var reply = await cache.ExecuteAsync(key, call.Kind switch
            {
                CallKind.Get => CacheCommand.Get,
                CallKind.Delete => CacheCommand.Delete,
                CallKind.Put => new CacheCommand("put") { Value = Value.Json(call.Operand!) },
                _ => new CacheCommand("increment") { By = Value.From(1), Initial = Value.From(0) },
            });
            if (reply.IsError)
                return reply.Error == ErrorCode.NodeLost ? null : throw new InvalidOperationException($"{call} of {key}: {reply.Error} {reply.Message}");
            var hit = reply.Outcome == CacheOutcome.Hit;
            return new KeyReply(hit ? ReplyKind.Hit : ReplyKind.Miss)
            {
                Value = hit && call.Kind is (CallKind.Get or CallKind.Increment) ? reply.Value.ToString() : null,
                Revision = hit && call.Kind != CallKind.Delete ? reply.Revision : null,
            };
        }
        catch (GrainsException error) when (error.Code is ErrorCode.ConnectionLost or ErrorCode.NodeLost)
        {
            return null;
        }
    }
}
