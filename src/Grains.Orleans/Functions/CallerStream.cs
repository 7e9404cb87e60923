using Grains.Engine;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Functions;

/// <summary>
/// The items of one call on their way to its caller at another silo: one after the other, each once. When too much waits, or an item does not get
/// there, the stream is cut: nothing more is sent, and the call ends with the reason.
/// </summary>
/// <param name="send">Sends one.</param>
/// <param name="waitingBytesMax">What may wait; one item always may.</param>
/// <param name="cancel">Ends the call. Called once, by any thread.</param>
/// <param name="logger">For what does not get there.</param>
internal sealed partial class CallerStream(Func<Value, Task> send, long waitingBytesMax, Action cancel, ILogger logger)
{
    /// <summary>What an item costs beside its bytes, about.</summary>
    private const int ItemBytes = 64;

    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;
    private long _waitingBytes;
    private volatile CallReply? _whyCut;

    public void Add(Value item)
    {
        var bytes = item.Bytes.Length + ItemBytes;
        lock (_lock)
        {
            if (_waitingBytes == 0 || _waitingBytes + bytes <= waitingBytesMax)
            {
                _waitingBytes += bytes;
                _last = SendAsync(_last, item, bytes);
                return;
            }
        }

        Cut(CallReply.Fail(ErrorCode.SlowReader, "The stream was cut: its items were not read in time."));
    }

    /// <summary>Waits until the items have reached the caller. Nothing is added any more.</summary>
    /// <returns>Why the stream was cut; null when it was not.</returns>
    public async Task<CallReply?> EndAsync()
    {
        Task last;
        lock (_lock)
            last = _last;
        await last.ConfigureAwait(false);
        return _whyCut;
    }

    private async Task SendAsync(Task before, Value item, int bytes)
    {
        await before.ConfigureAwait(false);
        try
        {
            if (_whyCut is null)
                await send(item).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            // It may have come or not: sent again it might come twice, left out there would be a hole.
            Log.NotSent(logger, error);
            Cut(CallReply.Fail(ErrorCode.NodeLost, "Node lost", "The stream was cut: the node of its caller did not answer."));
        }

        lock (_lock)
            _waitingBytes -= bytes;
    }

    private void Cut(CallReply why)
    {
        if (Interlocked.CompareExchange(ref _whyCut, why, null) is null)
            cancel();
    }

    private static partial class Log
    {
        [LoggerMessage(332, LogLevel.Warning, "An item of a call did not reach its caller")]
        public static partial void NotSent(ILogger logger, Exception error);
    }
}
