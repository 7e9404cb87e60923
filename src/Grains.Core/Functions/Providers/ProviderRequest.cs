using System.Collections.Immutable;

namespace Grains.Functions;

/// <summary>What a call asks of its provider, and who has been asked already.</summary>
internal sealed class ProviderRequest
{
    private readonly HashSet<string>? _locs;
    private HashSet<ConnectionId>? _asked;

    public ProviderRequest(ImmutableArray<string> locs, ConnectionId target)
    {
        _locs = locs.IsDefaultOrEmpty ? null : new HashSet<string>(locs, StringComparer.Ordinal);
        Target = target;
    }

    /// <summary>Only this connection will do, unless it is none.</summary>
    public ConnectionId Target { get; }

    /// <summary>Somebody has refused as busy.</summary>
    public bool WasRefused { get; private set; }

    /// <summary>This provider has not run the call, and is not asked again.</summary>
    public void Exclude(ConnectionId provider, bool asBusy)
    {
        (_asked ??= []).Add(provider);
        WasRefused |= asBusy;
    }

    /// <summary>True when the provider may run the call, now or when it has a place.</summary>
    /// <param name="provider">Who.</param>
    /// <param name="exact">Its tags are exactly those asked for.</param>
    public bool Admits(Provider provider, out bool exact)
    {
        exact = _locs is null || _locs.Count == provider.Locs.Count;
        if (!Target.IsNone && provider.Connection != Target)
            return false;
        if (_asked is not null && _asked.Contains(provider.Connection))
            return false;
        return _locs is null || HasAll(provider, _locs);
    }

    private static bool HasAll(Provider provider, HashSet<string> locs)
    {
        if (locs.Count > provider.Locs.Count)
            return false;
        foreach (var loc in locs)
        {
            if (!provider.Locs.Contains(loc))
                return false;
        }

        return true;
    }
}
