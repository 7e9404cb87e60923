namespace Grains.Orleans.Functions;

/// <summary>What a provider says of one call goes to the function's grain one after the other.</summary>
internal sealed class ProviderTurn(IFunctionGrain grain)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public Task AddAsync(Func<IFunctionGrain, Task> say)
    {
        lock (_lock)
            return _last = SayAsync(_last, say);
    }

    private async Task SayAsync(Task before, Func<IFunctionGrain, Task> say)
    {
        await before.ConfigureAwait(false);
        try
        {
            await say(grain).ConfigureAwait(false);
        }
        catch (Exception error) when (Cluster.NodeLostException.IsOne(error))
        {
            // Whoever decided the call has gone, and the caller has been told.
        }
    }
}
