using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Grains.Tests.Transcripts;

/// <summary>The small languages inside a transcript's lines: JSON with <c>...</c> and <c>&lt;repeat&gt;</c>, bytes, durations. Each throws
/// <see cref="FormatException"/> with what is wrong.</summary>
internal static partial class TranscriptText
{
    /// <summary>The member that <c>...</c> stands for in a pattern.</summary>
    public const string OthersAllowed = "...";

    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 512 };

    /// <summary>A pattern: JSON in which <c>...</c> may stand as a member.</summary>
    public static JsonElement Pattern(string text) =>
        Json(StringOrDots().Replace(text, match => match.Value == "..." ? "\"...\":0" : match.Value));

    public static JsonElement Json(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text, Deep);
            return document.RootElement.Clone();
        }
        catch (JsonException error)
        {
            throw new FormatException($"this is not JSON: {error.Message}", error);
        }
    }

    public static string ExpandRepeats(string text) => Repeat().Replace(
        text, match => new StringBuilder().Insert(0, match.Groups[1].Value, Number(match.Groups[2].Value)).ToString());

    /// <summary>Gives every whole word that is listed a suffix.</summary>
    public static string Refresh(string text, IEnumerable<string> words, string suffix)
    {
        foreach (var word in words)
            text = Regex.Replace(text, $@"(?<![\w-]){Regex.Escape(word)}(?![\w-])", word + suffix);
        return text;
    }

    public static ImmutableArray<byte> Bytes(string text)
    {
        var bytes = ImmutableArray.CreateBuilder<byte>();
        var end = 0;
        foreach (Match match in ByteItem().Matches(text))
        {
            var item = match.Groups[1].Value;
            var one = item[0] == '"' ? Encoding.UTF8.GetBytes(Json(item).GetString()!) : Convert.FromHexString(item);
            for (var left = match.Groups[2].Success ? Number(match.Groups[2].Value) : 1; left > 0; left--)
                bytes.AddRange(one);
            end = match.Index + match.Length;
        }

        return end == text.Length && end > 0 ? bytes.ToImmutable() : throw new FormatException($"bytes are pairs of hexadecimal digits and strings, not '{text[end..]}'");
    }

    public static TimeSpan Duration(string text)
    {
        if (DurationItem().Match(text) is not { Success: true } match)
            throw new FormatException($"'{text}' is no duration such as 1.2s");
        var number = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            _ => TimeSpan.FromHours(number),
        };
    }

    /// <summary>Words between white space; a JSON string is one word.</summary>
    public static string[] Words(string text) => [.. Word().Matches(text).Select(match => match.Value)];

    public static int Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        ? number
        : throw new FormatException($"'{text}' is no number");

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|\.\.\.
        """)]
    private static partial Regex StringOrDots();

    [GeneratedRegex("<repeat:([^:>]+):([0-9]+)>")]
    private static partial Regex Repeat();

    [GeneratedRegex("""
        \G\s*([0-9A-Fa-f]{2}|"(?:[^"\\]|\\.)*")(?:\*([0-9]+))?(?:\s+|$)
        """)]
    private static partial Regex ByteItem();

    [GeneratedRegex("^([0-9]+(?:\\.[0-9]+)?)(ms|s|m|h)$")]
    private static partial Regex DurationItem();

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|\S+
        """)]
    private static partial Regex Word();
}
