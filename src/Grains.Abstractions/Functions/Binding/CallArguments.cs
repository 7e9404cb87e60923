using System.Text.Json;

namespace Grains.Functions.Binding;

/// <summary>The arguments of one call, cut into one piece of JSON each; the pieces are parts of the bytes that came.</summary>
internal readonly struct CallArguments
{
    /// <summary>Nesting of arguments; the protocols refuse more before.</summary>
    private const int DepthMax = 65;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = DepthMax };

    private CallArguments(List<Value> positional, List<KeyValuePair<string, Value>> keywords)
    {
        Positional = positional;
        Keywords = keywords;
    }

    public List<Value> Positional { get; }

    /// <summary>Of a name given twice only the last.</summary>
    public List<KeyValuePair<string, Value>> Keywords { get; }

    /// <param name="arguments">A JSON array or none.</param>
    /// <param name="keywords">A JSON object or none.</param>
    /// <param name="cut">The pieces.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? TryCut(Value arguments, Value keywords, out CallArguments cut)
    {
        cut = new CallArguments([], []);
        try
        {
            if (!arguments.IsNone && !CutArray(arguments, cut.Positional))
                return "The positional arguments are not a JSON array.";
            if (!keywords.IsNone && !CutObject(keywords, cut.Keywords))
                return "The keyword arguments are not a JSON object.";
            return null;
        }
        catch (JsonException e)
        {
            return $"The arguments are not valid JSON: {e.Message}";
        }
    }

    /// <summary>The only argument of a call that has just one, without cutting the rest: <c>[x]</c> and no keywords.</summary>
    public static bool TryOnly(Value arguments, Value keywords, out Value only)
    {
        only = default;
        if (arguments.Kind != ValueKind.Json || !(keywords.IsNone || keywords.Bytes.Span.SequenceEqual("{}"u8)))
            return false;
        var reader = new Utf8JsonReader(arguments.Bytes.Span, new JsonReaderOptions { MaxDepth = int.MaxValue });
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray || !reader.Read() || reader.TokenType == JsonTokenType.EndArray)
            return false;
        only = CutOne(arguments, ref reader);
        return reader.Read() && reader.TokenType == JsonTokenType.EndArray;
    }

    private static bool CutArray(Value json, List<Value> pieces)
    {
        var reader = new Utf8JsonReader(json.Bytes.Span, Options);
        if (json.Kind != ValueKind.Json || !reader.Read() || reader.TokenType != JsonTokenType.StartArray)
            return false;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            pieces.Add(CutOne(json, ref reader));
        return true;
    }

    private static bool CutObject(Value json, List<KeyValuePair<string, Value>> pieces)
    {
        var reader = new Utf8JsonReader(json.Bytes.Span, Options);
        if (json.Kind != ValueKind.Json || !reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = Name(ref reader);
            reader.Read();
            pieces.Add(new(name, CutOne(json, ref reader)));
        }

        KeepLast(pieces);
        return true;
    }

    private static Value CutOne(Value json, ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return Value.Json(json.Bytes[start..(int)reader.BytesConsumed]);
    }

    /// <summary>A name that is no text (a lone surrogate escape) is no parameter's; it stays as it was spelled.</summary>
    private static string Name(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return System.Text.Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static void KeepLast(List<KeyValuePair<string, Value>> pieces)
    {
        if (pieces.Count < 2)
            return;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = pieces.Count - 1; i >= 0; i--)
        {
            if (!seen.Add(pieces[i].Key))
                pieces[i] = default;
        }

        pieces.RemoveAll(static piece => piece.Key is null);
    }
}
