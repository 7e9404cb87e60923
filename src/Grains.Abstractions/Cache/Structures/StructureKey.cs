using System.Collections.Immutable;

namespace Grains;

/// <summary>A key that holds a structure: what the public structure types share. Each operation is one atomic command.</summary>
internal readonly struct StructureKey(ICache cache, CacheKey key)
{
    public ICache Cache { get; } = cache;

    public CacheKey Key { get; } = key;

    public ValueTask<CacheReply> RunAsync(string operation, CancellationToken cancellationToken) =>
        RunAsync(operation, StructureArguments.Empty, null, cancellationToken);

    /// <summary>Runs one operation; an absent member, field or index and an empty structure are replies, other refusals throw.</summary>
    public async ValueTask<CacheReply> RunAsync(string operation, StructureArguments arguments, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var command = new CacheCommand(operation) { Structure = arguments, Ttl = ttl };
        var reply = await Cache.ExecuteAsync(Key, command, cancellationToken).ConfigureAwait(false);
        return IsAbsence(reply.Error) ? reply : reply.ThrowIfError();
    }

    public async ValueTask<bool> IsTrueAsync(string operation, StructureArguments arguments, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(operation, arguments, null, cancellationToken).ConfigureAwait(false);
        return reply.Outcome == CacheOutcome.Hit && !reply.Result.Bytes.Span.SequenceEqual("false"u8);
    }

    /// <summary>One member: found, or absent.</summary>
    public async ValueTask<CacheItem<T>> FindAsync<T>(string operation, StructureArguments arguments, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(operation, arguments, null, cancellationToken).ConfigureAwait(false);
        return reply.Outcome == CacheOutcome.Hit ? new CacheItem<T>(true, TypedValue.Read<T>(reply.Result, Key), reply.Revision) : default;
    }

    /// <summary>The result as T; a missing key gives <paramref name="ifMissing"/>.</summary>
    public async ValueTask<T> ReadAsync<T>(string operation, StructureArguments arguments, T ifMissing, CancellationToken cancellationToken)
    {
        var reply = await RunAsync(operation, arguments, null, cancellationToken).ConfigureAwait(false);
        return reply.Outcome == CacheOutcome.Hit && !reply.Result.IsNone && !reply.Result.IsNull ? TypedValue.Read<T>(reply.Result, Key) ?? ifMissing
            : ifMissing;
    }

    /// <summary>Runs a change and gives the number of members afterwards.</summary>
    public async ValueTask<long> SizeAfterAsync(string operation, StructureArguments arguments, TimeSpan? ttl, CancellationToken cancellationToken) =>
        (await RunAsync(operation, arguments, ttl, cancellationToken).ConfigureAwait(false)).Size ?? 0;

    public static StructureArguments Values<T>(ReadOnlySpan<T> members)
    {
        var values = ImmutableArray.CreateBuilder<Value>(members.Length);
        foreach (var member in members)
            values.Add(TypedValue.Of(member));
        return new StructureArguments { Values = values.MoveToImmutable() };
    }

    private static bool IsAbsence(ErrorCode code) => code is ErrorCode.Empty or ErrorCode.NotFound or ErrorCode.InvalidIndex;
}
