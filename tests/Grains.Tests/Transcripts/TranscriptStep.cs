using System.Collections.Immutable;
using System.Text.Json;

namespace Grains.Tests.Transcripts;

/// <summary>One step of a transcript, with the line it stands on.</summary>
internal abstract record TranscriptStep(int Line)
{
    /// <summary><c>A&gt;</c> and <c>A&gt;!</c>: a message; placeholders are still in the text.</summary>
    public sealed record Send(int Line, string Connection, string Text) : TranscriptStep(Line);

    /// <summary><c>A&gt;&gt;</c></summary>
    public sealed record SendBytes(int Line, string Connection, ImmutableArray<byte> Bytes) : TranscriptStep(Line);

    /// <summary><c>A&lt;</c>, or with <paramref name="Skip"/> <c>A&lt;...</c></summary>
    public sealed record Expect(int Line, string Connection, JsonElement Pattern, bool Skip = false) : TranscriptStep(Line);

    /// <summary><c>A&lt;&lt;</c></summary>
    public sealed record ExpectBytes(int Line, string Connection, ImmutableArray<byte> Bytes) : TranscriptStep(Line);

    public sealed record AnyOrder(int Line, ImmutableArray<Expect> Expected) : TranscriptStep(Line);

    public sealed record Eventually(int Line, ImmutableArray<TranscriptStep> Steps) : TranscriptStep(Line);

    public sealed record Sync(int Line, ImmutableArray<string> Connections) : TranscriptStep(Line);

    public sealed record ExpectNothing(int Line, ImmutableArray<string> Connections) : TranscriptStep(Line);

    public sealed record ExpectClosed(int Line, string Connection, int? Code) : TranscriptStep(Line);

    public sealed record Connect(
        int Line, TranscriptConnection Connection, ImmutableArray<KeyValuePair<string, string>> Headers, int? Refused) : TranscriptStep(Line);

    public sealed record Close(int Line, string Connection, bool Cut) : TranscriptStep(Line);

    public sealed record Advance(int Line, TimeSpan By) : TranscriptStep(Line);
}
