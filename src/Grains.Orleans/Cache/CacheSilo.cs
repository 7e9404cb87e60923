using System.Collections.Immutable;
using Grains.Local;
using Microsoft.Extensions.Logging;
using Orleans.Concurrency;
using Orleans.Runtime;

namespace Grains.Orleans.Cache;

/// <summary>Answers for the keys that this silo has.</summary>
[Reentrant]
internal sealed class CacheSilo(GrainId id, Silo silo, ILoggerFactory logging, CachePart part, NamespaceSpread namespaces)
    : GrainService(id, silo, logging), ICacheSilo
{
    public override async Task Start()
    {
        await namespaces.JoinAsync();
        await base.Start();
    }

    public Task<NamespaceReply> ExecuteAsync(NamespaceCommand command) => part.ExecuteAsync(command);

    public Task<NamespaceReply> GoOnAsync(NamespaceCommand command, long bytes, int entries) =>
        part.Keys.GoOnAsync(command, new PieceRoom(bytes, entries)).AsTask();

    public Task<CascadeReply> CascadeAsync(NamespaceCommand command, ImmutableArray<string> removed) => part.CascadeAsync(command, removed);

    public Task<ImmutableArray<string>> NamespacesAsync() => Task.FromResult(part.Keys.Namespaces);

    public Task<ImmutableArray<KeyValuePair<string, bool>>> ConfiguredAsync() => Task.FromResult(part.Keys.Configured);

    public Task ConfigureAsync(ImmutableArray<KeyValuePair<string, bool>> configured) => namespaces.ConfigureAsync(configured);
}
