using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Topics;

/// <summary>
/// Publishes the engine's own messages for callers that cannot wait where they are: on each topic one after the other, so that a topic that does
/// not answer holds up no other. One that fails is logged and the next goes on. What would be one too many is refused: a million keys that expire
/// at once are not a million messages in memory.
/// </summary>
/// <param name="publish">Publishes one message.</param>
/// <param name="logger">Is told what was not published.</param>
/// <param name="stuckAfter">How long a topic may publish nothing while somebody waits for room; <see cref="SiloOutbox.LateAfter"/> when
/// absent.</param>
internal sealed partial class OrderedPublisher(
    Func<TopicMessage, ValueTask<PublishReply>> publish, ILogger logger, TimeSpan? stuckAfter = null)
{
    /// <summary>Messages that wait at most for one topic.</summary>
    public const int WaitingMax = 10_000;

    /// <summary>Messages that wait at most for all topics.</summary>
    public const int WaitingInAllMax = 100_000;

    // A monitor, because long operations wait on it for room.
    private readonly object _lock = new();
    private readonly Dictionary<string, Chain> _chains = new(StringComparer.Ordinal);
    private int _waiting;
    private int _pausing;
    private bool _hasRefused;

    /// <returns>The answer; never an exception.</returns>
    public Task<PublishReply> Add(TopicMessage message)
    {
        lock (_lock)
        {
            if (!_chains.TryGetValue(message.Topic, out var chain))
                chain = new Chain();
            if (chain.Waiting == WaitingMax || _waiting == WaitingInAllMax)
                return Task.FromResult(Refuse(message.Topic));
            _chains[message.Topic] = chain;
            chain.Waiting++;
            _waiting++;
            var publishing = PublishAfterAsync(chain, message);
            chain.Last = publishing;
            return publishing;
        }
    }

    /// <summary>For who adds many one after the other, between two of them: waits while half of what may wait does, as long as that gets on. Blocks,
    /// so it is nothing for a grain's turn.</summary>
    public void WaitForRoom()
    {
        lock (_lock)
        {
            while (_chains.Values.FirstOrDefault(chain => !chain.IsStuck && IsHalfFull(chain)) is { } chain)
            {
                var published = chain.Published;
                _pausing++;
                Monitor.Wait(_lock, stuckAfter ?? SiloOutbox.LateAfter);
                _pausing--;
                chain.IsStuck = chain.Published == published && IsHalfFull(chain);
            }
        }

        bool IsHalfFull(Chain chain) => chain.Waiting > WaitingMax / 2 || _waiting > WaitingInAllMax / 2;
    }

    /// <summary>Waits until what was added before has been published.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
            return _chains.Count == 0 ? Task.CompletedTask : Task.WhenAll(_chains.Values.Select(chain => chain.Last));
    }

    /// <summary>Waits until what was added before for a topic has been published.</summary>
    public Task FlushAsync(string topic)
    {
        lock (_lock)
            return _chains.TryGetValue(topic, out var chain) ? chain.Last : Task.CompletedTask;
    }

    private async Task<PublishReply> PublishAfterAsync(Chain chain, TopicMessage message)
    {
        try
        {
            await chain.Last.ConfigureAwait(false);
            return await publish(message).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.Failed(logger, message.Topic, error);
            return PublishReply.Fail(ErrorCode.Internal, "The message could not be published.");
        }
        finally
        {
            lock (_lock)
            {
                chain.Published++;
                chain.IsStuck = false;
                if (--chain.Waiting == 0)
                    _chains.Remove(message.Topic);
                if (_pausing > 0)
                    Monitor.PulseAll(_lock);
                if (--_waiting == 0)
                    _hasRefused = false;
            }
        }
    }

    /// <summary>Said once until nothing waits any more.</summary>
    private PublishReply Refuse(string topic)
    {
        if (!_hasRefused)
            Log.Refused(logger, topic);
        _hasRefused = true;
        return PublishReply.Fail(ErrorCode.TopicFull, "Too many messages of the engine's own wait to be published.");
    }

    private static partial class Log
    {
        [LoggerMessage(327, LogLevel.Error, "A message of the engine's own could not be published on {Topic}")]
        public static partial void Failed(ILogger logger, string topic, Exception error);

        [LoggerMessage(339, LogLevel.Warning, "Too many messages of the engine's own wait to be published; one on {Topic}, and perhaps more, is not")]
        public static partial void Refused(ILogger logger, string topic);
    }

    /// <summary>What waits for one topic.</summary>
    private sealed class Chain
    {
        public Task Last { get; set; } = Task.CompletedTask;

        public int Waiting { get; set; }

        public long Published { get; set; }

        /// <summary>It did not get on while it was waited for, and has not since.</summary>
        public bool IsStuck { get; set; }
    }
}
