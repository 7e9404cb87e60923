using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Grains.Tests.Transcripts;

/// <summary>The values that a transcript's <c>&lt;id:x&gt;</c> stand for so far. Immutable state behind it, so a failed attempt is taken back by
/// setting <see cref="State"/> to what it was.</summary>
internal sealed partial class Bindings
{
    public ImmutableDictionary<string, JsonElement> State { get; set; } = ImmutableDictionary<string, JsonElement>.Empty;

    public void Bind(string name, JsonElement value) => State = State.SetItem(name, value.Clone());

    public bool TryGet(string name, out JsonElement value) => State.TryGetValue(name, out value);

    /// <summary>The text of a message to send, with every placeholder replaced.</summary>
    /// <exception cref="TranscriptFailedException">A name is not bound.</exception>
    public string Substitute(string text)
    {
        text = WholeId().Replace(text, match => Value(match).GetRawText());
        return InnerId().Replace(text, match => TextOf(Value(match)));
    }

    /// <summary>The value of a match's name (group 1), moved by its offset (group 2) if it has one.</summary>
    public JsonElement Value(Match match)
    {
        if (!TryGet(match.Groups[1].Value, out var value))
            throw new TranscriptFailedException($"<id:{match.Groups[1].Value}> is used before anything was bound to it");
        return match.Groups[2].Success ? Moved(value, match.Groups[2].Value) : value;
    }

    /// <summary>What stands inside a string: the characters of a string, the JSON of anything else.</summary>
    public static string TextOf(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static JsonElement Moved(JsonElement value, string by)
    {
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt64(out var number))
            throw new TranscriptFailedException($"{value.GetRawText()} is no integer that {by} could be added to");
        return TranscriptText.Json((number + long.Parse(by, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture));
    }

    [GeneratedRegex("\"<id:([A-Za-z0-9_]+)([+-][0-9]+)?>\"")]
    private static partial Regex WholeId();

    [GeneratedRegex("<id:([A-Za-z0-9_]+)([+-][0-9]+)?>")]
    internal static partial Regex InnerId();
}
