using System.Collections.Concurrent;

namespace Grains.Tests.Transcripts;

/// <summary>The function <c>test.barrier</c>: calls with one name wait until so many of them have come together.</summary>
internal sealed class MeetingPoint
{
    private readonly ConcurrentDictionary<string, Meeting> _meetings = new();

    /// <returns>n, once n calls with this name run at the same time.</returns>
    public async Task<int> ArriveAsync(string name, int n, CancellationToken cancellationToken)
    {
        var meeting = _meetings.GetOrAdd(name, _ => new Meeting());
        if (Interlocked.Increment(ref meeting.Arrived) == n)
        {
            _meetings.TryRemove(name, out _);
            meeting.Complete.SetResult();
        }

        await meeting.Complete.Task.WaitAsync(cancellationToken);
        return n;
    }

    private sealed class Meeting
    {
        public int Arrived;

        public TaskCompletionSource Complete { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
