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

    private static readonly string[] NoPath = [];

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

    /// <summary>The document with each reference replaced by what it finds.</summary>
    /// <param name="document">The document that <paramref name="references"/> were found in.</param>
    /// <param name="references">In the order of their places.</param>
    /// <param name="results">Results by command, all JSON.</param>
    /// <param name="explicitMode">A path that finds nothing is an error; otherwise its string stays.</param>
    /// <param name="bytesMax">The longest document that may come out.</param>
    /// <param name="resolved">The new document.</param>
    /// <returns>What is wrong, or null.</returns>
    public static GraphReply? Resolve(
        Value document, List<GraphReference> references, Value[] results, bool explicitMode, int bytesMax, out Value resolved)
    {
        resolved = document;
        var pieces = new ReadOnlyMemory<byte>[references.Count];
        long length = document.Bytes.Length;
        for (var i = 0; i < pieces.Length; i++)
        {
            var reference = references[i];
            var result = results[reference.Command].Bytes;
            if (ReferencePath.TryFind(result.Span, reference.Path, explicitMode, out var range))
                pieces[i] = result[range];
            else if (explicitMode)
                return Unresolved(reference.Text);
            else
                pieces[i] = document.Bytes.Slice(reference.Start, reference.Length);
            length += pieces[i].Length - reference.Length;
        }

        if (length > bytesMax)
            return GraphReply.Fail(ErrorCode.FunctionLimit, $"The resolved arguments of a command are larger than {bytesMax} bytes.");
        var bytes = Splice(document.Bytes.Span, references, pieces, (int)length);
        resolved = Value.Json(bytes);
        return IsTooDeep(bytes) ? TooDeep() : null;
    }

    public static GraphReply Unresolved(string reference) =>
        GraphReply.Fail(ErrorCode.UnresolvedReference, "Unresolved reference", $"Unresolved reference: {reference}");

    private static void AddString(ref Utf8JsonReader reader, CommandNames names, ref List<GraphReference>? found)
    {
        if (reader.TokenType != JsonTokenType.String || !names.TryFind(reader.ValueSpan, out var command, out var path))
            return;
        var start = (int)reader.TokenStartIndex;
        (found ??= []).Add(new GraphReference(start, (int)reader.BytesConsumed - start, command, Split(path), ""));
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
        (found ??= []).Add(new GraphReference(start, (int)ahead.BytesConsumed - start, command, Split(path), JsonText.ToText(last)));
        reader = ahead;
        return null;
    }

    private static string[] Split(string? path) => path is null ? NoPath : path.Split('.');

    private static byte[] Splice(ReadOnlySpan<byte> document, List<GraphReference> references, ReadOnlyMemory<byte>[] pieces, int length)
    {
        var bytes = new byte[length];
        var read = 0;
        var written = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            var before = document[read..references[i].Start];
            before.CopyTo(bytes.AsSpan(written));
            pieces[i].Span.CopyTo(bytes.AsSpan(written + before.Length));
            written += before.Length + pieces[i].Length;
            read = references[i].Start + references[i].Length;
        }

        document[read..].CopyTo(bytes.AsSpan(written));
        return bytes;
    }

    private static bool IsTooDeep(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, AnyDepth);
        while (reader.Read())
        {
            if (reader.CurrentDepth >= DepthMax && reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                return true;
        }

        return false;
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
