using Grains.Orleans.Cluster;

namespace Grains.Orleans.Functions;

/// <summary>Tells every other silo which functions there are here, in the order of the changes.</summary>
internal sealed class NameTeller(Silos silos, FunctionSilos others)
{
    private readonly Lock _lock = new();
    private Task _last = Task.CompletedTask;

    public void Tell(FunctionName name)
    {
        lock (_lock)
            _last = TellAfterAsync(_last, name);
    }

    public Task TellAsync(IReadOnlyCollection<FunctionName> names)
    {
        foreach (var name in names)
            Tell(name);
        return FlushAsync();
    }

    /// <summary>Waits until every silo knows what was told before.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
            return _last;
    }

    private async Task TellAfterAsync(Task before, FunctionName name)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await silos.AskAllAsync(async silo =>
            {
                if (!silo.Equals(silos.Local))
                    await others.Of(silo).NamesAsync(silos.Local, [name]);
                return true;
            }).ConfigureAwait(false);
        }
        catch (NodeLostException)
        {
            // A silo that has not heard is told everything when it becomes active.
        }
    }
}
