using System.Collections.Concurrent;
using System.Collections.Immutable;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>Which functions there are at which silos: every silo knows, so a call finds its way without asking.</summary>
internal sealed class FunctionNames
{
    private readonly ConcurrentDictionary<string, ImmutableDictionary<SiloAddress, NameOwners>> _names = new(StringComparer.Ordinal);

    public void Set(SiloAddress silo, FunctionName name) => _names.AddOrUpdate(
        name.Name,
        _ => Changed(ImmutableDictionary<SiloAddress, NameOwners>.Empty, silo, name.Owners),
        (_, owners) => Changed(owners, silo, name.Owners));

    /// <summary>What there is at a silo, and nothing else.</summary>
    public void Replace(SiloAddress silo, ImmutableArray<FunctionName> names)
    {
        foreach (var gone in Of(silo).ExceptBy(names.Select(name => name.Name), known => known.Name))
            Set(silo, gone with { Owners = NameOwners.None });
        foreach (var name in names)
            Set(silo, name);
    }

    public void Remove(SiloAddress silo)
    {
        foreach (var (name, owners) in _names)
        {
            if (owners.ContainsKey(silo))
                Set(silo, new FunctionName(name, NameOwners.None));
        }
    }

    public NameOwners Of(SiloAddress silo, string name) =>
        _names.TryGetValue(name, out var owners) ? owners.GetValueOrDefault(silo) : NameOwners.None;

    public ImmutableArray<FunctionName> Of(SiloAddress silo) =>
        [.. _names.Select(pair => new FunctionName(pair.Key, pair.Value.GetValueOrDefault(silo))).Where(name => name.Owners != NameOwners.None)];

    /// <summary>Connections somewhere offer it, so who runs a call is decided in one place for the whole cluster.</summary>
    public bool IsOffered(string name) =>
        _names.TryGetValue(name, out var owners) && owners.Values.Any(owner => owner.HasFlag(NameOwners.Connections));

    /// <summary>It is a .NET function of another silo than this one.</summary>
    public bool IsServedBeside(SiloAddress silo, string name) =>
        _names.TryGetValue(name, out var owners) && owners.Any(owner => owner.Value.HasFlag(NameOwners.Server) && !owner.Key.Equals(silo));

    /// <summary>Silos that have it as a .NET function: those that are active, others only when there is none.</summary>
    public IReadOnlyList<SiloAddress> Servers(string name, Func<SiloAddress, bool> isActive)
    {
        if (!_names.TryGetValue(name, out var owners))
            return [];
        var servers = owners.Where(owner => owner.Value.HasFlag(NameOwners.Server)).Select(owner => owner.Key).ToList();
        return servers.Where(isActive).ToList() is { Count: > 0 } active ? active : servers;
    }

    private static ImmutableDictionary<SiloAddress, NameOwners> Changed(
        ImmutableDictionary<SiloAddress, NameOwners> owners, SiloAddress silo, NameOwners of) =>
        of == NameOwners.None ? owners.Remove(silo) : owners.SetItem(silo, of);
}
