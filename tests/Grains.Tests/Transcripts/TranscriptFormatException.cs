namespace Grains.Tests.Transcripts;

/// <summary>A file that does not follow the transcript format.</summary>
internal sealed class TranscriptFormatException(string name, int line, string message) : Exception($"{name}:{line}: {message}")
{
    public int Line => line;
}
