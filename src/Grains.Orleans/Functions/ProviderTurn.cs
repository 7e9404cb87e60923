using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>What a provider says of one call goes to the silo that decides it, one after the other.</summary>
internal sealed class ProviderTurn(SiloAddress decider)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public SiloAddress Decider { get; } = decider;

    public Task AddAsync(Func<Task> say)
    {
        lock (_lock)
            return _last = SayAsync(_last, say);
    }

    private static async Task SayAsync(Task before, Func<Task> say)
    {
        await before.ConfigureAwait(false);
        try
        {
            await say().ConfigureAwait(false);
        }
        catch (Exception error) when (Cluster.NodeLostException.IsOne(error))
        {
            // Whoever decided the call has gone, and the caller has been told.
        }
    }
}
