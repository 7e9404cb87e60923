namespace Grains.Cache;

/// <summary>
/// Matching with <c>*</c> (any run of characters, none included) and <c>?</c> (any one). Case-sensitive, the whole text must match.
/// What stands between two stars is looked for as one piece, first place first, and never looked for again: the work is about the
/// text's length, times the pattern's <c>?</c> at worst, which <see cref="NamespaceOptions.PatternWildcardsMax"/> bounds.
/// </summary>
public static class Glob
{
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern is "*")
            return true;
        var first = pattern.IndexOf('*');
        if (first < 0)
            return pattern.Length == text.Length && IsAtStart(pattern, text);
        var last = pattern.LastIndexOf('*');
        var tail = pattern[(last + 1)..];
        if (text.Length < first + tail.Length || !IsAtStart(pattern[..first], text) || !IsAtStart(tail, text[^tail.Length..]))
            return false;
        text = text[first..^tail.Length];
        pattern = pattern[first..last];
        while (!pattern.IsEmpty)
        {
            pattern = pattern[1..];
            var star = pattern.IndexOf('*');
            var piece = star < 0 ? pattern : pattern[..star];
            var at = IndexOf(piece, text);
            if (at < 0)
                return false;
            text = text[(at + piece.Length)..];
            pattern = pattern[piece.Length..];
        }

        return true;
    }

    /// <summary>How many <c>*</c> and <c>?</c> there are.</summary>
    public static int WildcardsIn(ReadOnlySpan<char> pattern) => pattern.Count('*') + pattern.Count('?');

    // The text is at least as long as the piece, which has no star.
    private static bool IsAtStart(ReadOnlySpan<char> piece, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var any = piece.IndexOf('?');
            if (!text.StartsWith(any < 0 ? piece : piece[..any]))
                return false;
            if (any < 0)
                return true;
            piece = piece[(any + 1)..];
            text = text[(any + 1)..];
        }
    }

    // Where a piece without a star first is; -1 when it is nowhere. Its longest run without ? leads: that is found by vectors.
    private static int IndexOf(ReadOnlySpan<char> piece, ReadOnlySpan<char> text)
    {
        if (!piece.Contains('?'))
            return text.IndexOf(piece);
        var (runAt, runLength) = LongestRun(piece);
        var run = piece.Slice(runAt, runLength);
        for (var start = 0; start + piece.Length <= text.Length; start++)
        {
            var at = text[(start + runAt)..].IndexOf(run);
            if (at < 0)
                return -1;
            start += at;
            if (start + piece.Length <= text.Length && IsAtStart(piece, text[start..]))
                return start;
        }

        return -1;
    }

    private static (int At, int Length) LongestRun(ReadOnlySpan<char> piece)
    {
        var (bestAt, bestLength) = (0, 0);
        for (var at = 0; at <= piece.Length;)
        {
            var length = piece[at..].IndexOf('?');
            if (length < 0)
                length = piece.Length - at;
            if (length > bestLength)
                (bestAt, bestLength) = (at, length);
            at += length + 1;
        }

        return (bestAt, bestLength);
    }
}
