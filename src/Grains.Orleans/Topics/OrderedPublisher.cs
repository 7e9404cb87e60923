using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Topics;

/// <summary>
/// Publishes the engine's own messages one after the other, for callers that cannot wait where they are. One that fails is logged and the next goes
/// on. When <see cref="WaitingMax"/> wait already, whoever adds one more waits for a place: a million keys that expire at once are not a million
/// messages in memory.
/// </summary>
#pragma warning disable CA1001 // A semaphore that is only waited for holds nothing that has to be given back.
internal sealed partial class OrderedPublisher(Func<TopicMessage, ValueTask<PublishReply>> publish, ILogger logger)
#pragma warning restore CA1001
{
    /// <summary>Messages that wait at most.</summary>
    public const int WaitingMax = 10_000;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _places = new(WaitingMax);
    private Task _last = Task.CompletedTask;

    /// <summary>Nothing is waiting.</summary>
    public bool IsEmpty => _last.IsCompleted;

    /// <returns>The answer; never an exception.</returns>
    public Task<PublishReply> Add(TopicMessage message)
    {
        _places.Wait();
        lock (_lock)
        {
            var publishing = PublishAfterAsync(_last, message);
            _last = publishing;
            return publishing;
        }
    }

    /// <summary>Waits until what was added before has been published.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
            return _last;
    }

    private async Task<PublishReply> PublishAfterAsync(Task before, TopicMessage message)
    {
        try
        {
            await before.ConfigureAwait(false);
            return await publish(message).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Log.Failed(logger, message.Topic, error);
            return PublishReply.Fail(ErrorCode.Internal, "The message could not be published.");
        }
        finally
        {
            _places.Release();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(327, LogLevel.Error, "A message of the engine's own could not be published on {Topic}")]
        public static partial void Failed(ILogger logger, string topic, Exception error);
    }
}
