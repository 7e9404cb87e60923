using System.Collections.Immutable;
using Grains.Cache;
using Grains.Engine;
using Grains.Local;
using Grains.Orleans.Topics;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Cache;

/// <summary>The part of the cache that this silo has: its keys, and the changes that its namespaces tell.</summary>
internal sealed class CachePart : IDisposable
{
    public CachePart(CacheOptions options, TimeProvider time, ITopicEngine topics, ILogger<CachePart> logger)
    {
        Events = new OrderedPublisher(message => topics.PublishAsync(default, message), logger);
        Keys = new LocalCache(options, Events.Add, time, Events.WaitForRoom);
    }

    public LocalCache Keys { get; }

    /// <summary>A key cannot wait in its turn for a topic on another silo; the order is kept here.</summary>
    public OrderedPublisher Events { get; }

    /// <summary>Runs an operation over the keys that this silo has; what it tells of them is published before it is answered.</summary>
    public async Task<NamespaceReply> ExecuteAsync(NamespaceCommand command)
    {
        var reply = await Keys.ExecuteAsync(command);
        if (command.Operation is "clear" or "invalidate")
            await ToldAsync(command.Namespace);
        return reply;
    }

    /// <summary>This silo's part of a removal that goes over several.</summary>
    public async Task<CascadeReply> CascadeAsync(NamespaceCommand command, ImmutableArray<string> removed)
    {
        var (reply, gone) = await Keys.CascadeAsync(command, removed);
        // What depends on something removed may be in any namespace.
        await ToldAsync(removed.IsEmpty ? command.Namespace : "");
        return new CascadeReply(reply, gone);
    }

    /// <summary>Ends when what was told of a namespace's keys has been published, of every namespace's when its name is empty; but a topic that does
    /// not answer is not waited for long.</summary>
    public async Task ToldAsync(string @namespace)
    {
        var told = @namespace.Length == 0 ? Events.FlushAsync() : Events.FlushAsync(CacheEvents.TopicOf(@namespace));
        await told.WaitAsync(SiloOutbox.LateAfter).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose() => Keys.Dispose();
}
