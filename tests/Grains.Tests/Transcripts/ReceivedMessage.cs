using System.Text;
using System.Text.Json;

namespace Grains.Tests.Transcripts;

/// <summary>A message that came to a connection of a transcript, or its end.</summary>
internal sealed record ReceivedMessage(byte[] Bytes, bool Closed = false, int? CloseCode = null)
{
    public static ReceivedMessage End(int? code = null) => new([], true, code);

    /// <exception cref="FormatException">It is not JSON.</exception>
    public JsonElement Json() => TranscriptText.Json(Encoding.UTF8.GetString(Bytes));

    public override string ToString() => Closed ? $"the end ({CloseCode?.ToString() ?? "no code"})" : Encoding.UTF8.GetString(Bytes);
}
