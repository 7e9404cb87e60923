namespace Grains.Gateway.Protocols.Native;

/// <summary>What is said in place of a message that would be longer than the client accepts.</summary>
internal static class TooLong
{
    private const int TextCharsMax = 500;

    /// <summary>Of an answer: its request has been done all the same.</summary>
    public static string Answer(int messageBytesMax) =>
        $"The request has been done, but its answer is longer than a message may be ({messageBytesMax} bytes).";

    /// <summary>An error's text, cut so that every refusal fits: what it quotes may be as long as a message.</summary>
    public static string? Cut(string? text) => text?.Length > TextCharsMax ? string.Concat(text.AsSpan(0, TextCharsMax), "…") : text;
}
