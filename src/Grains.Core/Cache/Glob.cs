namespace Grains.Cache;

/// <summary>
/// Matching with <c>*</c> (any run of characters, none included) and <c>?</c> (any one). Case-sensitive, the whole text must match.
/// On a mismatch only the last star moves on, so the work is at most text × pattern, whatever the pattern.
/// </summary>
public static class Glob
{
    public static bool IsMatch(ReadOnlySpan<char> pattern, ReadOnlySpan<char> text)
    {
        if (pattern is "*")
            return true;
        var (p, t) = (0, 0);
        var (starAt, starText) = (-1, 0);
        while (t < text.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                (starAt, starText) = (p++, t);
            }
            else if (p < pattern.Length && (pattern[p] == '?' || pattern[p] == text[t]))
            {
                p++;
                t++;
            }
            else if (starAt >= 0)
            {
                p = starAt + 1;
                t = ++starText;
            }
            else
            {
                return false;
            }
        }

        while (p < pattern.Length && pattern[p] == '*')
            p++;
        return p == pattern.Length;
    }
}
