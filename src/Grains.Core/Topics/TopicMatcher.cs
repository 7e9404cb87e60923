namespace Grains.Topics;

/// <summary>
/// A compiled <see cref="TopicPattern"/>: words between dots, <c>*</c> exactly one word, <c>#</c> any number of words, none included, anywhere.
/// Both only as a whole word. Several <c>#</c> in a row act as one. Matching allocates nothing and takes at most
/// words of the pattern × words of the topic steps: of several <c>#</c> only the last has to be tried again.
/// </summary>
public sealed class TopicMatcher
{
    private readonly string[] _words;
    private readonly string _text;
    private readonly bool _literal;
    private readonly StringComparison _comparison;

    public TopicMatcher(TopicPattern pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern.Text);
        Pattern = pattern;
        _text = pattern.Text;
        _words = Words(pattern);
        _literal = pattern.Exact || !_words.Any(word => word is "*" or "#");
        _comparison = pattern.FoldCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    }

    public TopicPattern Pattern { get; }

    /// <summary>True when the pattern names one topic: no wildcards, or they mean themselves.</summary>
    public bool IsLiteral => _literal;

    public static bool Matches(TopicPattern pattern, string topic) => new TopicMatcher(pattern).Matches(topic);

    public bool Matches(ReadOnlySpan<char> topic)
    {
        if (_literal)
            return topic.Equals(_text, _comparison);
        var word = 0;
        var at = 0;
        var retryWord = -1;
        var retryAt = 0;
        while (true)
        {
            if (word < _words.Length && _words[word] == "#")
            {
                // Begin with nothing; on failure the run takes one word more.
                retryWord = ++word;
                retryAt = at;
                continue;
            }

            if (at > topic.Length && word == _words.Length)
                return true;
            if (at <= topic.Length && word < _words.Length && TakeWord(topic, ref at, _words[word]))
            {
                word++;
                continue;
            }

            if (retryWord < 0 || retryAt > topic.Length)
                return false;
            retryAt = EndOfWord(topic, retryAt) + 1;
            at = retryAt;
            word = retryWord;
        }
    }

    /// <summary>The words of a pattern, several <c>#</c> in a row as one.</summary>
    internal static string[] Words(TopicPattern pattern)
    {
        var words = pattern.Text.Split('.');
        return pattern.Exact ? words : [.. words.Where((word, i) => word != "#" || i == 0 || words[i - 1] != "#")];
    }

    /// <summary>Takes the word at <paramref name="at"/>, which moves past the dot behind it: past the end after the last word.</summary>
    private bool TakeWord(ReadOnlySpan<char> topic, ref int at, string wanted)
    {
        var end = EndOfWord(topic, at);
        if (wanted != "*" && !topic[at..end].Equals(wanted, _comparison))
            return false;
        at = end + 1;
        return true;
    }

    private static int EndOfWord(ReadOnlySpan<char> topic, int at)
    {
        var dot = topic[at..].IndexOf('.');
        return dot < 0 ? topic.Length : at + dot;
    }
}
