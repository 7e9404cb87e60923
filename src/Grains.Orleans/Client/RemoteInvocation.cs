using Grains.Orleans.Cluster;

namespace Grains.Orleans.Client;

/// <summary>A call that this program runs for somebody: what it says of it goes to the silo one after the other.</summary>
/// <param name="session">The session that asked for it; no other knows of it.</param>
/// <param name="provider">The connection's name there.</param>
/// <param name="callId">The call.</param>
internal sealed class RemoteInvocation(RemoteSession session, ConnectionId provider, string callId)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;
    private long _reports;

    public RemoteSession Session => session;

    public Task ReportAsync(Value item)
    {
        lock (_lock)
        {
            var number = ++_reports;
            return _last = SayAsync(_last, grain => grain.ReportAsync(provider, callId, number, item));
        }
    }

    public Task CompleteAsync(CallReply reply)
    {
        lock (_lock)
            return _last = SayAsync(_last, grain => grain.CompleteAsync(provider, callId, reply));
    }

    private async Task SayAsync(Task before, Func<ISessionGrain, Task> say)
    {
        await before.ConfigureAwait(false);
        try
        {
            await session.AskAsync(say).ConfigureAwait(false);
        }
        catch (NodeLostException)
        {
            // The caller has been told that its provider is gone.
        }
    }
}
