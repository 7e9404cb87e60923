using Grains.Client.Connections;
using Grains.Client.Wire;

namespace Grains.Client.Cache;

/// <summary>The user API's cache over the wire.</summary>
internal sealed class WireCache(Session session, GrainsClientOptions options, OpIds opIds) : ICache
{
    public async ValueTask<CacheReply> ExecuteAsync(CacheKey key, CacheCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(command);
        if (!CacheRequestWriter.IsWritable(command))
            return CacheReply.Fail(ErrorCode.InvalidArgument, "The expected and the new value must be of one kind: JSON, text or bytes.");
        var isRead = CacheRequestWriter.IsRead(command.Operation);
        var ownId = isRead || command.OpId is not null || !options.RetryWrites ? null : opIds.Next(key);
        var reply = await SendAsync(key, ownId is null ? command : command with { OpId = ownId }, isRead, cancellationToken).ConfigureAwait(false);
        if (reply.Error == ErrorCode.OpIdMemoryFull && ownId is not null)
        {
            // The id was ours, not the caller's: nothing happened, so write without one.
            opIds.Exhaust(key);
            reply = await SendAsync(key, command, isRead, cancellationToken).ConfigureAwait(false);
        }

        if (isRead)
            session.Counters.Read(reply.Outcome);
        return reply;
    }

    public async ValueTask<NamespaceReply> ExecuteAsync(NamespaceCommand command, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        var id = session.NextId();
        // A clear or restore that was sent again could take away or overwrite what others have written since.
        var canRepeat = command.DryRun
            || command.Operation is "list" or "count" or "scan" or "statistics" or "backup" or "query" or "stats" or "configure";
        var request = new Request(id, NamespaceWire.Write(id, command, options.RequestTimeout), canRepeat);
        return NamespaceWire.Read(await session.SendAsync(request, options.RequestTimeout, cancellationToken).ConfigureAwait(false));
    }

    private async ValueTask<CacheReply> SendAsync(CacheKey key, CacheCommand command, bool isRead, CancellationToken cancellationToken)
    {
        var id = session.NextId();
        var message = CacheRequestWriter.Write(id, key, command, options.RequestTimeout);
        var request = new Request(id, message, canRepeat: isRead || command.OpId is not null);
        return CacheResponseReader.Read(await session.SendAsync(request, options.RequestTimeout, cancellationToken).ConfigureAwait(false));
    }
}
