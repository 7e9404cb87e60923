using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>What a provider says of one call goes to the silo that decides it, one after the other; what fails is logged, and the next goes
/// on.</summary>
internal sealed partial class ProviderTurn(SiloAddress decider, ILogger logger)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public SiloAddress Decider { get; } = decider;

    public Task AddAsync(Func<Task> say)
    {
        lock (_lock)
            return _last = SayAsync(_last, say);
    }

    private async Task SayAsync(Task before, Func<Task> say)
    {
        await before.ConfigureAwait(false);
        try
        {
            await say().ConfigureAwait(false);
        }
        catch (Exception error) when (Cluster.NodeLostException.IsOne(error))
        {
            Log.NodeLost(logger, error);
        }
        catch (Exception error)
        {
            Log.Failed(logger, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(328, LogLevel.Warning, "The silo that has decided a call did not take what its provider says")]
        public static partial void NodeLost(ILogger logger, Exception error);

        [LoggerMessage(329, LogLevel.Error, "What a provider says of a call was lost")]
        public static partial void Failed(ILogger logger, Exception error);
    }
}
