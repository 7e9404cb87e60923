using System.Collections.Immutable;

namespace Grains;

/// <summary>
/// An operation over the keys of a namespace. It is made of single-key operations: each key is atomic, the whole is not.
/// Operations: <c>clear</c>, <c>list</c>, <c>count</c>, <c>scan</c>, <c>statistics</c>, <c>backup</c>, <c>restore</c>,
/// <c>invalidate</c>, <c>query</c>, <c>stats</c>, <c>configure</c>.
/// </summary>
public sealed record NamespaceCommand(string Operation, string Namespace)
{
    /// <summary>Glob on the identifier: <c>*</c> any run, <c>?</c> any one character. For <c>invalidate</c> also matched
    /// against <c>namespace:identifier:version</c>.</summary>
    public string Pattern { get; init; } = "*";

    /// <summary>Upper bound of keys cleared, listed, or in one piece of a scan or backup; null means the engine's own.</summary>
    public int? MaxEntries { get; init; }

    public bool DryRun { get; init; }

    /// <summary>Where the next piece begins: opaque, from the reply before.</summary>
    public string? Cursor { get; init; }

    /// <summary>Upper bound of one backup piece in bytes; a value that is longer has a piece of its own.</summary>
    public int? MaxBytes { get; init; }

    /// <summary>One piece that <c>backup</c> gave, for <c>restore</c>.</summary>
    public Value Data { get; init; }

    /// <summary><c>overwrite</c> or <c>skip_existing</c>, for <c>restore</c>.</summary>
    public string MergeStrategy { get; init; } = "overwrite";

    /// <summary>Also remove entries that name a removed key among their dependencies (<c>invalidate</c>, <c>clear</c>).</summary>
    public bool CascadeDependencies { get; init; }

    /// <summary>For <c>configure</c>: publish this namespace's changes on <c>cache.events.NAMESPACE</c>.</summary>
    public bool? PublishChanges { get; init; }

    /// <summary>Time that the operation may take; null: any. A scan or a backup that has taken so long gives its cursor, anything else ends
    /// with <see cref="ErrorCode.Timeout"/> and tells what it did.</summary>
    public TimeSpan? Timeout { get; init; }
}

/// <summary>What a namespace operation answers.</summary>
public sealed record NamespaceReply
{
    public ErrorCode Error { get; init; }

    public string? Message { get; init; }

    /// <summary>Identifiers, or <c>identifier@version</c> where the version is not the default or the identifier has an <c>@</c> itself:
    /// what follows the last <c>@</c> is always a version.</summary>
    public ImmutableArray<string> Keys { get; init; } = [];

    /// <summary>Keys that matched; with <see cref="ErrorCode.Timeout"/> those so far.</summary>
    public long Count { get; init; }

    /// <summary>A list or query has left keys out, because of the entries or the bytes that it may have: <c>scan</c> gives all.</summary>
    public bool Truncated { get; init; }

    /// <summary>Keys removed (or that would be, on a dry run), or restored; also with an error.</summary>
    public long AffectedCount { get; init; }

    /// <summary>Where to go on; null when nothing is left.</summary>
    public string? Cursor { get; init; }

    /// <summary>Statistics as a JSON object, or a piece of a backup.</summary>
    public Value Data { get; init; }

    public static NamespaceReply Fail(ErrorCode code, string message) => new() { Error = code, Message = message };
}
