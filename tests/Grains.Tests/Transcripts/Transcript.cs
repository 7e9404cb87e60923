using System.Collections.Immutable;

namespace Grains.Tests.Transcripts;

/// <summary>One transcript, parsed. The format is described in tests/transcripts/README.md.</summary>
/// <param name="Name">The file's path below tests/transcripts, without extension.</param>
internal sealed record Transcript(string Name)
{
    public const string Mixed = "mixed";

    /// <summary><c>ws</c>, <c>tcp</c>, or only <c>mixed</c>.</summary>
    public ImmutableArray<string> Transports { get; init; } = ["ws", "tcp"];

    public ImmutableArray<TranscriptConnection> Connections { get; init; } = [new("A", null)];

    /// <summary>Settings that the server needs.</summary>
    public ImmutableDictionary<string, string> Options { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary><c>clock</c>, <c>functions</c>.</summary>
    public ImmutableHashSet<string> Needs { get; init; } = [];

    public ImmutableArray<TranscriptStep> Steps { get; init; } = [];
}

/// <summary>A connection by name, and the transport that it must have whatever the run's.</summary>
internal sealed record TranscriptConnection(string Name, string? Transport);
