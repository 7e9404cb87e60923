namespace Grains.Topics;

/// <summary>Limits of topic names, patterns and other names; section <c>Grains:Topics:Names</c>. They bound what finding the
/// subscribers of a topic can cost.</summary>
public sealed class TopicNameOptions
{
    /// <summary>Words of a topic's name or a pattern at most.</summary>
    public int WordsMax { get; set; } = 32;

    /// <summary>Words <c>#</c> in one pattern at most.</summary>
    public int ManyWordsMax { get; set; } = 3;

    /// <summary>Patterns of all subscriptions of one connection together at most.</summary>
    public int PatternsPerConnectionMax { get; set; } = 2_000;

    /// <summary>Characters of a message's id, its publisher's name and a subscriber's name at most. Default 255, and at least that: the
    /// server's own messages have ids too.</summary>
    public int TextCharsMax { get; set; } = 255;
}
