using System.Diagnostics.CodeAnalysis;

namespace Grains.Functions;

/// <summary>
/// The providers of one function and the rule that chooses among them: those whose tags are exactly the wanted ones before those
/// that have more; of these the highest priority; of these the least loaded for its limit; equals take turns. One at its limit is
/// no candidate. Not safe for threads: the queue that owns it has the lock.
/// </summary>
internal sealed class ProviderSet
{
    private readonly List<Provider> _providers = [];
    private int _turn;

    public int Count => _providers.Count;

    public IReadOnlyList<Provider> All => _providers;

    public void Add(Provider provider) => _providers.Add(provider);

    public bool Contains(Provider provider) => _providers.Contains(provider);

    public bool Remove(Provider provider) => _providers.Remove(provider);

    /// <summary>Chooses a provider that has a place.</summary>
    /// <param name="request">What the call asks.</param>
    /// <param name="chosen">The provider; its place is not yet taken.</param>
    /// <param name="mayWait">When nobody is chosen: somebody would do, had they a place.</param>
    public bool TryChoose(ProviderRequest request, [NotNullWhen(true)] out Provider? chosen, out bool mayWait)
    {
        chosen = null;
        mayWait = false;
        var chosenExact = false;
        var chosenAt = 0;
        for (var i = 0; i < _providers.Count; i++)
        {
            var at = (_turn + i) % _providers.Count;
            var provider = _providers[at];
            if (!request.Admits(provider, out var exact))
                continue;
            mayWait = true;
            if (!provider.HasPlace || (chosen is not null && !IsBetter(provider, exact, chosen, chosenExact)))
                continue;
            (chosen, chosenExact, chosenAt) = (provider, exact, at);
        }

        if (chosen is null)
            return false;
        _turn = chosenAt + 1;
        return true;
    }

    /// <summary>True when somebody would do, now or later.</summary>
    public bool HasCandidate(ProviderRequest request)
    {
        foreach (var provider in _providers)
        {
            if (request.Admits(provider, out _))
                return true;
        }

        return false;
    }

    private static bool IsBetter(Provider provider, bool exact, Provider than, bool thanExact)
    {
        if (exact != thanExact)
            return exact;
        if (provider.Offer.Priority != than.Offer.Priority)
            return provider.Offer.Priority > than.Offer.Priority;
        return (long)provider.Running * than.Limit < (long)than.Running * provider.Limit;
    }
}
