using System.Text;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>
/// Finds the references in a command's arguments and puts results in their places. Both work on the bytes: what is no reference
/// leaves as it came. Nothing here recurses, so no input can exhaust the stack.
/// </summary>
internal static class GraphReferences
{
    /// <summary>Objects and arrays within each other, in arguments as they come and after results were put in.</summary>
    public const int DepthMax = 64;

    /// <summary>References in one command's arguments.</summary>
    public const int ReferencesMax = 65_536;

    public static readonly JsonReaderOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    /// <summary>Collects the references of one document, in the order of their places.</summary>
    /// <returns>What is wrong, or null.</returns>
    public static GraphReply? Scan(Value document, bool explicitMode, CommandNames names, ref List<GraphReference>? found)
    {
        if (document.IsNone)
            return null;
        var reader = new Utf8JsonReader(document.Bytes.Span, AnyDepth);
        while (reader.Read())
        {
            if (reader.CurrentDepth >= DepthMax && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                return TooDeep();
            if (!explicitMode)
                AddString(ref reader, names, ref found);
            else if (reader.TokenType == JsonTokenType.StartObject && AddObject(ref reader, names, ref found) is { } refusal)
                return refusal;
            if (found?.Count > ReferencesMax)
                return GraphReply.Fail(ErrorCode.FunctionLimit, $"A command has at most {ReferencesMax} references.");
        }

        return null;
    }

    /// <summary>The document with each reference replaced by what it finds, ready to be put together.</summary>
    /// <param name="document">The document that <paramref name="references"/> were found in.</param>
    /// <param name="references">In the order of their places.</param>
    /// <param name="results">Results by command, all JSON.</param>
    /// <param name="finder">Finds them.</param>
    /// <param name="explicitMode">A path that finds nothing is an error; otherwise its string stays.</param>
    /// <param name="bytesMax">The longest document that may come out.</param>
    /// <param name="resolved">The new document.</param>
    /// <returns>What is wrong, or null.</returns>
    public static GraphReply? Resolve(Value document, List<GraphReference> references, Value[] results, FoundReferences finder,
        bool explicitMode, int bytesMax, out ResolvedDocument? resolved)
    {
        resolved = null;
        var pieces = new ReadOnlyMemory<byte>[references.Count];
        long length = document.Bytes.Length;
        for (var i = 0; i < pieces.Length; i++)
        {
            var reference = references[i];
            if (finder.Find(reference, results[reference.Command].Bytes, out var found) is { } refusal)
                return refusal;
            if (found.IsNothing && explicitMode)
                return Unresolved(reference.Text);
            if (reference.Depth + found.Depth > DepthMax)
                return TooDeep();
            pieces[i] = found.IsNothing ? document.Bytes.Slice(reference.Start, reference.Length) : found.Json;
            length += pieces[i].Length - reference.Length;
        }

        if (length > bytesMax)
            return GraphReply.Fail(ErrorCode.FunctionLimit, $"The resolved arguments of a command are larger than {bytesMax} bytes.");
        resolved = new ResolvedDocument(document, references, pieces, (int)length);
        return null;
    }

    public static GraphReply Unresolved(string reference) =>
        GraphReply.Fail(ErrorCode.UnresolvedReference, "Unresolved reference", $"Unresolved reference: {reference}");

    private static void AddString(ref Utf8JsonReader reader, CommandNames names, ref List<GraphReference>? found)
    {
        if (reader.TokenType != JsonTokenType.String || !names.TryFind(reader.ValueSpan, out var command, out var path))
            return;
        var start = (int)reader.TokenStartIndex;
        (found ??= []).Add(new GraphReference(start, (int)reader.BytesConsumed - start, reader.CurrentDepth, command, path, ""));
    }

    // object := '{' ("$ref" ':' string)+ '}'   read ahead on a copy; anything else is data
    private static GraphReply? AddObject(ref Utf8JsonReader reader, CommandNames names, ref List<GraphReference>? found)
    {
        var ahead = reader;
        ReadOnlySpan<byte> last = default;
        var members = 0;
        while (ahead.Read() && ahead.TokenType == JsonTokenType.PropertyName && JsonText.Is(ref ahead, "$ref"))
        {
            members++;
            ahead.Read();
            if (ahead.TokenType != JsonTokenType.String)
                return Unresolved("the $ref of a reference is a string");
            last = ahead.ValueSpan;
        }

        if (members == 0 || ahead.TokenType != JsonTokenType.EndObject)
            return null;
        if (!names.TryFind(last, out var command, out var path))
            return Unresolved(JsonText.ToText(last));
        var start = (int)reader.TokenStartIndex;
        var length = (int)ahead.BytesConsumed - start;
        (found ??= []).Add(new GraphReference(start, length, reader.CurrentDepth, command, path, JsonText.ToText(last)));
        reader = ahead;
        return null;
    }

    private static GraphReply TooDeep() =>
        GraphReply.Fail(ErrorCode.JsonTooDeep, $"The arguments of a command are nested deeper than {DepthMax}.");

    /// <summary>The JSON form of a result, whatever its kind: text as a string, bytes as base64, none as null.</summary>
    public static Value ToJson(Value result) => result.Kind switch
    {
        ValueKind.Json => result,
        ValueKind.Text => Value.From(Encoding.UTF8.GetString(result.Bytes.Span)),
        ValueKind.Bytes => Value.From(Convert.ToBase64String(result.Bytes.Span)),
        _ => Value.Null,
    };
}
