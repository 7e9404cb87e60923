using System.Collections.Immutable;
using Orleans;
using Orleans.Concurrency;
using Orleans.Services;

namespace Grains.Orleans.Cache;

/// <summary>What silos say to each other about namespaces.</summary>
[Alias("grains.ICacheSilo")]
public interface ICacheSilo : IGrainService
{
    /// <summary>Runs an operation over the keys that this silo has.</summary>
    [Alias("execute")]
    [ResponseTimeout("01:00:00")]
    Task<NamespaceReply> ExecuteAsync([Immutable] NamespaceCommand command);

    /// <summary>Goes on with a piece of a scan or a backup that another silo has begun, as far as it has room.</summary>
    [Alias("goOn")]
    [ResponseTimeout("01:00:00")]
    Task<NamespaceReply> GoOnAsync([Immutable] NamespaceCommand command, long bytes, int entries);

    /// <summary>Removes the entries of this silo that name one of these keys among their dependencies, and so on.</summary>
    [Alias("cascade")]
    [ResponseTimeout("01:00:00")]
    Task<CascadeReply> CascadeAsync([Immutable] NamespaceCommand command, [Immutable] ImmutableArray<string> removed);

    /// <summary>Which namespaces this silo knows.</summary>
    [Alias("namespaces")]
    Task<ImmutableArray<string>> NamespacesAsync();

    /// <summary>The namespaces that have been configured, and how.</summary>
    [Alias("configured")]
    Task<ImmutableArray<KeyValuePair<string, bool>>> ConfiguredAsync();

    /// <summary>How namespaces have been configured while this silo joined.</summary>
    [Alias("configure")]
    Task ConfigureAsync([Immutable] ImmutableArray<KeyValuePair<string, bool>> configured);
}
