namespace Grains.Cache;

/// <summary>One row of the operation table.</summary>
/// <param name="Name">As in <see cref="CacheCommand.Operation"/>.</param>
/// <param name="Rule">What it does.</param>
public sealed record CacheOperation(string Name, OperationRule Rule)
{
    /// <summary>It may change the key: conditions and op_ids count.</summary>
    public bool Writes { get; init; }

    /// <summary>It counts as an access of an entry that is there.</summary>
    public bool Accesses { get; init; }

    /// <summary>The arguments it reads.</summary>
    public CacheArguments Reads { get; init; }

    /// <summary>Of these each must be given.</summary>
    public CacheArguments Required { get; init; }

    /// <summary>Of these one must be given.</summary>
    public CacheArguments RequiredAny { get; init; }

    /// <summary>What a failed condition on the revision says.</summary>
    public string ConditionMessage { get; init; } = "Revision does not match";

    /// <summary>What a missing index says.</summary>
    public string IndexMessage { get; init; } = "Invalid index";
}
