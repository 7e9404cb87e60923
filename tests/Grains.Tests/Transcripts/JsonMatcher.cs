using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Grains.Tests.Transcripts;

/// <summary>
/// Compares a received JSON value with a pattern of the transcript format. Says what differs first, or null when nothing does. What a failed
/// comparison has bound stays bound: callers that try again restore <see cref="Bindings.State"/>.
/// </summary>
internal sealed partial class JsonMatcher(Bindings bindings)
{
    public string? Mismatch(JsonElement pattern, JsonElement actual) => Mismatch(pattern, actual, "$");

    /// <summary>Finds the items in any order.</summary>
    /// <returns>Null, or the first mismatch of the pattern that got furthest without a partner.</returns>
    public string? MismatchUnordered(IReadOnlyList<JsonElement> patterns, IReadOnlyList<JsonElement> actual)
    {
        if (patterns.Count != actual.Count)
            return $"expected {patterns.Count} items, got {actual.Count}";
        var deepest = (Depth: -1, Message: "");
        return Assign(patterns, actual, new bool[actual.Count], 0, ref deepest) ? null : deepest.Message;
    }

    private bool Assign(
        IReadOnlyList<JsonElement> patterns, IReadOnlyList<JsonElement> actual, bool[] taken, int next, ref (int Depth, string Message) deepest)
    {
        if (next == patterns.Count)
            return true;
        var before = bindings.State;
        var problems = new StringBuilder();
        for (var i = 0; i < actual.Count; i++)
        {
            if (taken[i])
                continue;
            var mismatch = Mismatch(patterns[next], actual[i], "$");
            if (mismatch is null)
            {
                taken[i] = true;
                if (Assign(patterns, actual, taken, next + 1, ref deepest))
                    return true;
                taken[i] = false;
            }

            problems.Append(CultureInfo.InvariantCulture, $"\n  not {actual[i].GetRawText()}: {mismatch ?? "it is needed elsewhere"}");
            bindings.State = before;
        }

        if (next > deepest.Depth)
            deepest = (next, $"nothing matches {patterns[next].GetRawText()}{problems}");
        return false;
    }

    private string? Mismatch(JsonElement pattern, JsonElement actual, string path)
    {
        switch (pattern.ValueKind)
        {
            case JsonValueKind.String:
                return MismatchString(pattern.GetString()!, actual, path);
            case JsonValueKind.Object when actual.ValueKind == JsonValueKind.Object:
                return MismatchObject(pattern, actual, path);
            case JsonValueKind.Array when actual.ValueKind == JsonValueKind.Array:
                return MismatchArray(pattern, actual, path);
            case JsonValueKind.Number when actual.ValueKind == JsonValueKind.Number:
                return SameNumber(pattern, actual) ? null : Differs(pattern, actual, path);
            default:
                return pattern.ValueKind == actual.ValueKind ? null : Differs(pattern, actual, path);
        }
    }

    private string? MismatchObject(JsonElement pattern, JsonElement actual, string path)
    {
        var others = false;
        var expected = new HashSet<string>();
        foreach (var member in pattern.EnumerateObject())
        {
            if (member.Name == TranscriptText.OthersAllowed)
            {
                others = true;
                continue;
            }

            expected.Add(member.Name);
            var absent = member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("<absent>");
            if (!actual.TryGetProperty(member.Name, out var value))
            {
                if (!absent)
                    return $"{path}.{member.Name}: expected {member.Value.GetRawText()}, the member is missing";
            }
            else if (absent)
            {
                return $"{path}.{member.Name}: expected no such member, got {value.GetRawText()}";
            }
            else if (Mismatch(member.Value, value, $"{path}.{member.Name}") is { } mismatch)
            {
                return mismatch;
            }
        }

        if (others)
            return null;
        foreach (var member in actual.EnumerateObject())
        {
            if (!expected.Contains(member.Name))
                return $"{path}.{member.Name}: unexpected member {member.Value.GetRawText()}";
        }

        return null;
    }

    private string? MismatchArray(JsonElement pattern, JsonElement actual, string path)
    {
        if (pattern.GetArrayLength() > 0 && pattern[0].ValueKind == JsonValueKind.String && pattern[0].ValueEquals("<unordered>"))
        {
            var unordered = MismatchUnordered([.. pattern.EnumerateArray().Skip(1)], [.. actual.EnumerateArray()]);
            return unordered is null ? null : $"{path}: {unordered}";
        }

        if (pattern.GetArrayLength() != actual.GetArrayLength())
            return $"{path}: expected {pattern.GetArrayLength()} items, got {actual.GetRawText()}";
        for (var i = 0; i < pattern.GetArrayLength(); i++)
        {
            if (Mismatch(pattern[i], actual[i], $"{path}[{i}]") is { } mismatch)
                return mismatch;
        }

        return null;
    }

    private string? MismatchString(string pattern, JsonElement actual, string path)
    {
        var kind = actual.ValueKind;
        bool? matches = pattern switch
        {
            "<any>" => true,
            "<string>" => kind == JsonValueKind.String,
            "<number>" => kind == JsonValueKind.Number,
            "<int>" => kind == JsonValueKind.Number && actual.TryGetInt64(out _),
            "<bool>" => kind is JsonValueKind.True or JsonValueKind.False,
            "<object>" => kind == JsonValueKind.Object,
            "<array>" => kind == JsonValueKind.Array,
            "<time>" => kind == JsonValueKind.Number && actual.GetDouble() is > 1e9 and < 1e11,
            _ => null,
        };
        if (matches is null && GreaterThan().Match(pattern) is { Success: true } greater)
            matches = kind == JsonValueKind.Number && actual.GetDouble() > bindings.Value(greater).GetDouble();
        if (matches is null && Bindings.InnerId().Match(pattern) is { Success: true } whole && whole.Length == pattern.Length)
            matches = MatchesId(whole, actual);
        matches ??= kind == JsonValueKind.String && MatchesText(pattern, actual.GetString()!);
        return matches.Value ? null : $"{path}: expected {JsonSerializer.Serialize(Shown(pattern))}, got {actual.GetRawText()}";
    }

    private bool MatchesId(Match id, JsonElement actual)
    {
        if (bindings.TryGet(id.Groups[1].Value, out _) || id.Groups[2].Success)
            return JsonElement.DeepEquals(bindings.Value(id), actual);
        bindings.Bind(id.Groups[1].Value, actual);
        return true;
    }

    /// <summary>A string with placeholders inside becomes a regular expression; its captures are bound.</summary>
    private bool MatchesText(string pattern, string actual)
    {
        var pieces = TextPlaceholder().Matches(pattern);
        if (pieces.Count == 0)
            return pattern == actual;
        var regex = new StringBuilder("^");
        var unbound = new List<string>();
        var end = 0;
        foreach (Match piece in pieces)
        {
            regex.Append(Regex.Escape(pattern[end..piece.Index]));
            end = piece.Index + piece.Length;
            if (Bindings.InnerId().Match(piece.Value) is not { Success: true } id)
            {
                regex.Append(".*?");
            }
            else if (bindings.TryGet(id.Groups[1].Value, out _))
            {
                regex.Append(Regex.Escape(Bindings.TextOf(bindings.Value(id))));
            }
            else
            {
                regex.Append("(.+?)");
                unbound.Add(id.Groups[1].Value);
            }
        }

        var match = Regex.Match(actual, regex.Append(Regex.Escape(pattern[end..])).Append("\\z").ToString(), RegexOptions.Singleline);
        for (var i = 0; match.Success && i < unbound.Count; i++)
            bindings.Bind(unbound[i], JsonSerializer.SerializeToElement(match.Groups[i + 1].Value));
        return match.Success;
    }

    private string Shown(string pattern) => Bindings.InnerId().Replace(pattern, match =>
        bindings.TryGet(match.Groups[1].Value, out var value) ? $"{match.Value}={Bindings.TextOf(value)}" : match.Value);

    private static bool SameNumber(JsonElement pattern, JsonElement actual)
    {
        if (pattern.GetRawText() == actual.GetRawText())
            return true;
        return pattern.TryGetDecimal(out var one) && actual.TryGetDecimal(out var other) ? one == other : pattern.GetDouble().Equals(actual.GetDouble());
    }

    private static string Differs(JsonElement pattern, JsonElement actual, string path) =>
        $"{path}: expected {pattern.GetRawText()}, got {actual.GetRawText()}";

    [GeneratedRegex("^<greater:([A-Za-z0-9_]+)([+-][0-9]+)?>$")]
    private static partial Regex GreaterThan();

    [GeneratedRegex("<any>|<id:[A-Za-z0-9_]+(?:[+-][0-9]+)?>")]
    private static partial Regex TextPlaceholder();
}
