using System.Collections.Immutable;

namespace Grains.Cache;

/// <summary>Everything a key is as plain data, on its way to another node or in a storage.</summary>
public sealed record KeyImage
{
    /// <summary>Null when there is no entry, only the memory of op_ids.</summary>
    public EntrySnapshot? Entry { get; init; }

    public long Revision { get; init; }

    public long CreatedAtUs { get; init; }

    public long LastAccessAtUs { get; init; }

    public long AccessCount { get; init; }

    /// <summary>Answers remembered by op_id, oldest first.</summary>
    public ImmutableArray<RememberedAnswer> Answers { get; init; } = [];
}
