using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>
/// What a provider says of one call goes to the silo that decides it, one after the other. An item that does not get there cuts the stream: nothing
/// follows it but the end, which says so.
/// </summary>
internal sealed partial class ProviderTurn(SiloAddress decider, bool streams, ILogger logger)
{
    private static readonly CallReply Cut =
        CallReply.Fail(ErrorCode.NodeLost, "Node lost", "The stream was cut: the node that decides the call did not answer.");

    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;
    private bool _isCut;

    public SiloAddress Decider { get; } = decider;

    /// <summary>An item; nobody takes one of a call that does not stream.</summary>
    public Task ReportAsync(Func<Task> say)
    {
        if (!streams)
            return Task.CompletedTask;
        lock (_lock)
            return _last = SayAsync(_last, say);
    }

    /// <param name="reply">What the provider answers.</param>
    /// <param name="tell">Tells what the call ends with; never fails.</param>
    public Task CompleteAsync(CallReply reply, Func<CallReply, Task> tell)
    {
        lock (_lock)
            return _last = EndAsync(_last, reply, tell);
    }

    private async Task SayAsync(Task before, Func<Task> say)
    {
        await before.ConfigureAwait(false);
        try
        {
            if (!_isCut)
                await say().ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // It may have come or not: sent again it might come twice, left out there would be a hole.
            _isCut = true;
            if (Cluster.NodeLostException.IsOne(error))
                Log.NodeLost(logger, error);
            else
                Log.Failed(logger, error);
        }
    }

    private async Task EndAsync(Task before, CallReply reply, Func<CallReply, Task> tell)
    {
        await before.ConfigureAwait(false);
        await tell(_isCut && reply.Error == ErrorCode.None ? Cut : reply).ConfigureAwait(false);
    }

    private static partial class Log
    {
        [LoggerMessage(328, LogLevel.Warning, "The silo that has decided a call did not take what its provider says")]
        public static partial void NodeLost(ILogger logger, Exception error);

        [LoggerMessage(329, LogLevel.Error, "What a provider says of a call was lost")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
