namespace Grains.Topics;

/// <summary>Checks names and patterns against the limits.</summary>
internal static class TopicNames
{
    /// <returns>Why a topic's name is refused, or null.</returns>
    public static string? FaultOf(string topic, TopicOptions options)
    {
        if (topic.Length is 0 || topic.Length > options.TopicCharsMax)
            return $"A topic has 1 to {options.TopicCharsMax} characters.";
        return WordsOf(topic) > options.Names.WordsMax ? $"A topic has at most {options.Names.WordsMax} words." : null;
    }

    /// <returns>Why a pattern is refused, or null.</returns>
    public static string? FaultOf(TopicPattern pattern, TopicOptions options)
    {
        if (string.IsNullOrEmpty(pattern.Text) || pattern.Text.Length > options.TopicCharsMax)
            return $"A pattern has 1 to {options.TopicCharsMax} characters.";
        if (WordsOf(pattern.Text) > options.Names.WordsMax)
            return $"A pattern has at most {options.Names.WordsMax} words.";
        return !pattern.Exact && TopicMatcher.Words(pattern).Count(word => word == "#") > options.Names.ManyWordsMax
            ? $"A pattern has at most {options.Names.ManyWordsMax} words #."
            : null;
    }

    /// <returns>Why the names in a message are refused, or null.</returns>
    public static string? FaultOf(TopicMessage message, TopicOptions options) =>
        message.MessageId?.Length > options.Names.TextCharsMax ? $"A message_id has at most {options.Names.TextCharsMax} characters."
        : message.Publisher?.Length > options.Names.TextCharsMax ? $"A publisher has at most {options.Names.TextCharsMax} characters."
        : null;

    private static int WordsOf(string text) => text.AsSpan().Count('.') + 1;
}
