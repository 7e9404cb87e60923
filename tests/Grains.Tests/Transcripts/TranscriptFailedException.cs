namespace Grains.Tests.Transcripts;

/// <summary>A server did not do what a transcript says.</summary>
internal sealed class TranscriptFailedException : Exception
{
    public TranscriptFailedException(string message)
        : base(message)
    {
    }

    public TranscriptFailedException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
