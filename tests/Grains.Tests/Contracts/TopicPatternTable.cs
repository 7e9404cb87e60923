namespace Grains.Tests.Contracts;

/// <summary>What patterns mean, row by row: pattern, topic, whether they match. Words are between dots and may be empty.</summary>
public static class TopicPatternTable
{
    public static TheoryData<string, string, bool> Plain { get; } = new()
    {
        // Literal words; letter case matters.
        { "a", "a", true },
        { "a", "b", false },
        { "a", "A", false },
        { "a.b", "a.b", true },
        { "a.b", "a", false },
        { "a.b", "a.b.c", false },
        { "a.b", "b.a", false },

        // * is exactly one word, which may be empty.
        { "*", "a", true },
        { "*", "a.b", false },
        { "a.*", "a.b", true },
        { "a.*", "a", false },
        { "a.*", "a.", true },
        { "a.*", "a.b.c", false },
        { "*.b", "a.b", true },
        { "*.b", ".b", true },
        { "a.*.c", "a.b.c", true },
        { "a.*.c", "a.c", false },
        { "a.*.c", "a..c", true },
        { "*.*", "a.b", true },
        { "*.*", "a", false },

        // # is any number of words, none included, anywhere.
        { "#", "a", true },
        { "#", "a.b.c", true },
        { "#", ".", true },
        { "a.#", "a", true },
        { "a.#", "a.b", true },
        { "a.#", "a.b.c", true },
        { "a.#", "b", false },
        { "a.#", "ab", false },
        { "#.c", "c", true },
        { "#.c", "a.b.c", true },
        { "#.c", "c.d", false },
        { "a.#.c", "a.c", true },
        { "a.#.c", "a.b.c", true },
        { "a.#.c", "a.b.b.c", true },
        { "a.#.c", "a.b.b.c.d", false },
        { "a.#.c", "a", false },
        { "a.#.c", "a.c.c", true },
        { "#.b.#", "b", true },
        { "#.b.#", "a.b.c", true },
        { "#.b.#", "a.c", false },
        { "#.*", "a", true },
        { "*.#", "a", true },
        { "*.#.*", "a", false },
        { "*.#.*", "a.b", true },
        { "#.a.#.a.#", "a", false },
        { "#.a.#.a.#", "b.a.b.a.b", true },

        // Two # beside each other are as one.
        { "a.#.#", "a", true },
        { "#.#", "a", true },
        { "a.#.#.b", "a.b", true },
        { "a.#.#.b", "a.x.y.b", true },

        // Only a whole word is a wildcard; > is none.
        { "a.b*", "a.b*", true },
        { "a.b*", "a.bc", false },
        { "a.#b", "a.#b", true },
        { "a.#b", "a.b", false },
        { "a.**", "a.b", false },
        { "a.##", "a.b", false },
        { "a.>", "a.b", false },
        { "a.>", "a.>", true },

        // Empty words are words.
        { "a..b", "a..b", true },
        { "a..b", "a.b", false },
        { "a.", "a.", true },
        { "a.", "a", false },

        // A topic may be named with the wildcards' characters.
        { "a.*", "a.*", true },
        { "a.#", "a.#", true },
        { "a.b", "a.*", false },

        // Letters of any script.
        { "größe.*", "größe.ü", true },
        { "größe", "GRÖSSE", false },
    };

    /// <summary>The same for patterns that are compared literally.</summary>
    public static TheoryData<string, string, bool> Exact { get; } = new()
    {
        { "a", "a", true },
        { "a", "A", false },
        { "a.*", "a.*", true },
        { "a.*", "a.b", false },
        { "#", "#", true },
        { "#", "a", false },
        { "a.#", "a", false },
    };

    /// <summary>The same for patterns that take no regard of letter case.</summary>
    public static TheoryData<string, string, bool> FoldCase { get; } = new()
    {
        { "a.B", "A.b", true },
        { "a.B", "A.c", false },
        { "Orders.*", "oRDERS.eu", true },
        { "Orders.#", "ORDERS", true },
        { "#.EU", "orders.eu", true },
        { "größe", "GRÖßE", true },
    };

    /// <summary>The same for patterns that are compared literally and take no regard of letter case.</summary>
    public static TheoryData<string, string, bool> ExactFoldCase { get; } = new()
    {
        { "A.*", "a.*", true },
        { "A.*", "a.b", false },
        { "A.b", "a.B", true },
    };
}
