using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>One spelling for arguments that mean the same, as a key for kept results: without white space and escapes, members in
/// order of their names, of a member given twice the last. Numbers stay as they are spelled: 1 and 1.0 are two keys, which costs
/// a second run and never gives a wrong result.</summary>
internal static class CanonicalJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = GraphReferences.DepthMax + 1 };

    /// <summary>The key of arguments in the order of the parameters; a missing one differs from null.</summary>
    public static string KeyOf(Value[] placed)
    {
        var key = new StringBuilder();
        foreach (var value in placed)
        {
            if (value.IsNone)
            {
                key.Append('-');
                continue;
            }

            using var document = JsonDocument.Parse(value.Bytes, Options);
            Append(key, document.RootElement);
        }

        return key.ToString();
    }

    // Recursion is bounded by the depth that the document was parsed with.
    private static void Append(StringBuilder key, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                AppendObject(key, element);
                break;
            case JsonValueKind.Array:
                key.Append('[');
                foreach (var item in element.EnumerateArray())
                    Append(key, item);
                key.Append(']');
                break;
            case JsonValueKind.String:
                AppendText(key, JsonText.ToText(JsonMarshal.GetRawUtf8Value(element)[1..^1]));
                break;
            default:
                key.Append(element.GetRawText()).Append(';');
                break;
        }
    }

    private static void AppendObject(StringBuilder key, JsonElement element)
    {
        var members = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in element.EnumerateObject())
            members[JsonText.ToText(JsonMarshal.GetRawUtf8PropertyName(member))] = member.Value;
        key.Append('{');
        foreach (var (name, member) in members)
        {
            AppendText(key, name);
            Append(key, member);
        }

        key.Append('}');
    }

    // The length in front makes the end of a text certain without escapes.
    private static void AppendText(StringBuilder key, string text) =>
        key.Append(CultureInfo.InvariantCulture, $"\"{text.Length}:").Append(text);
}
