using System.Collections.Immutable;
using Orleans;

namespace Grains.Orleans.Cache;

/// <summary>What one silo removed in a step of a cascade.</summary>
/// <param name="Reply">Counts, or why it ended.</param>
/// <param name="Removed">The keys, each as <c>namespace:identifier:version</c>.</param>
[GenerateSerializer, Immutable, Alias("grains.CascadeReply")]
public sealed record CascadeReply([property: Id(0)] NamespaceReply Reply, [property: Id(1)] ImmutableArray<string> Removed);
