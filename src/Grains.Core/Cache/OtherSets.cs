using System.Collections.Immutable;
using Grains.Engine;

namespace Grains.Cache;

/// <summary>
/// The sets that a union, intersection or difference combines a key with. Each is read in a turn of its own, before the key's turn:
/// one operation on several keys is made of several operations.
/// </summary>
internal static class OtherSets
{
    /// <summary>Sets that one operation combines with at most.</summary>
    public const int KeysMax = 64;

    public static bool AreNeeded(CacheOperation operation, CacheCommand command) =>
        command.Structure is { OtherSetKeys.Length: > 0 } && (operation.Reads & CacheArguments.OtherSets) != 0;

    /// <summary>Reads the other sets into the command. Ends synchronously where the engine's calls do.</summary>
    public static async ValueTask<(CacheCommand Command, CacheReply? Refusal)> FillAsync(
        ICacheEngine cache, CacheKey key, CacheCommand command, CacheOptions options)
    {
        var keys = command.Structure!.OtherSetKeys;
        if (keys.Length > KeysMax)
            return (command, CacheReply.Fail(ErrorCode.InvalidArgument, $"At most {KeysMax} sets can be combined"));
        var sets = ImmutableArray.CreateBuilder<Value>(keys.Length);
        var bytes = 0L;
        foreach (var text in keys)
        {
            var other = await cache.ExecuteAsync(OtherKeyOf(key, text), CacheCommand.Get).ConfigureAwait(false);
            if (other.IsError)
                return (command, other);
            sets.Add(other.Value);
            bytes += other.Value.Bytes.Length;
            if (bytes > options.ValueBytesMax)
                return (command, CacheReply.Fail(ErrorCode.ValueTooLarge, $"The other sets are longer than {options.ValueBytesMax} bytes"));
        }

        var structure = command.Structure with { OtherSetKeys = [], OtherSets = [.. command.Structure.OtherSets, .. sets] };
        return (command with { Structure = structure }, null);
    }

    // "namespace:identifier", or an identifier of the same namespace.
    private static CacheKey OtherKeyOf(CacheKey key, string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? new CacheKey(key.Namespace, text) : new CacheKey(text[..colon], text[(colon + 1)..]);
    }
}
