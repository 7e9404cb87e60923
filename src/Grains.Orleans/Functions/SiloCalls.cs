using Grains.Engine;
using Grains.Orleans.Cluster;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Functions;

/// <summary>Asks and tells other silos about functions; one that does not answer is an answer too.</summary>
internal sealed partial class SiloCalls(ILogger logger)
{
    /// <summary>What has no room for an error in its answer.</summary>
    /// <exception cref="GrainsException">A silo does not answer.</exception>
    public static async Task<T> OrThrowAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask().ConfigureAwait(false);
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            throw new GrainsException(ErrorCode.NodeLost, "A node of the cluster did not answer.", null, error);
        }
    }

    public async Task<CallReply> AskAsync(Func<Task<CallReply>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.NodeLost(logger, error);
            return CallReply.Fail(ErrorCode.NodeLost, "Node lost", "The node of the cluster that has the function did not answer.");
        }
    }

    public async Task TryAsync(Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch (Exception error) when (NodeLostException.IsOne(error))
        {
            Log.NodeLost(logger, error);
        }
        catch (Exception error)
        {
            // What comes after it has to be told all the same.
            Log.NotTold(logger, error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(301, LogLevel.Warning, "A silo did not answer")]
        public static partial void NodeLost(ILogger logger, Exception error);

        [LoggerMessage(331, LogLevel.Error, "Something of a function could not be told")]
        public static partial void NotTold(ILogger logger, Exception error);
    }
}
