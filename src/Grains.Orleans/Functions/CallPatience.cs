using Grains.Engine;
using Grains.Functions;
using Grains.Local;

namespace Grains.Orleans.Functions;

/// <summary>
/// How long the caller's side waits for a call. Who decides the call keeps its deadline and its cancel; when that silo is silent they are kept
/// here, a moment later, so that they do not come before its answer.
/// </summary>
internal sealed class CallPatience
{
    /// <summary>How much later.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly TimeProvider _time;
    private readonly long _timeoutUs;
    private readonly long _startedAtUs;

    public CallPatience(LocalFunctions rules, CallCommand command, TimeProvider time)
    {
        _time = time;
        _startedAtUs = time.NowUs();
        _timeoutUs = Math.Max(0, rules.DeadlineUs(command, _startedAtUs) - _startedAtUs);
    }

    /// <param name="reply">The answer, if one comes.</param>
    /// <param name="givenUp">Ends when nobody waits any more, for it was cancelled.</param>
    public async Task<CallReply> WaitAsync(Task<CallReply> reply, Task givenUp)
    {
        if (!reply.IsCompleted)
        {
            var left = TimeSpan.FromMicroseconds(Math.Max(0, _startedAtUs + _timeoutUs - _time.NowUs()));
            Task either = Task.WhenAny(reply, givenUp);
            await either.WaitAsync(left + Grace, _time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (reply.IsCompleted)
            return await reply.ConfigureAwait(false);
        return givenUp.IsCompleted ? FunctionErrors.Cancelled() : FunctionErrors.TimedOut(_timeoutUs);
    }

    /// <summary>Ends a moment after a cancel, unless the call has ended before.</summary>
    public Task AfterCancelAsync(Task ended) => ended.WaitAsync(Grace, _time);
}
