using System.Globalization;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>Finds the value at a reference's path in a command's result.</summary>
internal static class ReferencePath
{
    /// <param name="json">One JSON document.</param>
    /// <param name="path">Member names; indexes too when <paramref name="intoArrays"/>.</param>
    /// <param name="intoArrays">A number walks into an array; otherwise the path leads through objects only.</param>
    /// <param name="bytesMax">The search ends when <paramref name="bytesRead"/> is more than this.</param>
    /// <param name="bytesRead">Grows by the bytes read.</param>
    /// <param name="found">The bytes of the value.</param>
    /// <returns>False when the path leads to nothing.</returns>
    public static bool TryFind(
        ReadOnlySpan<byte> json, string[] path, bool intoArrays, long bytesMax, ref long bytesRead, out Range found)
    {
        var start = 0;
        var end = json.Length;
        foreach (var step in path)
        {
            if (!TryStep(json[start..end], step, intoArrays, ref bytesRead, out var offset, out var length) || bytesRead > bytesMax)
            {
                found = default;
                return false;
            }

            start += offset;
            end = start + length;
        }

        found = start..end;
        return true;
    }

    private static bool TryStep(
        ReadOnlySpan<byte> json, string step, bool intoArrays, ref long bytesRead, out int offset, out int length)
    {
        offset = length = 0;
        var reader = new Utf8JsonReader(json, GraphReferences.AnyDepth);
        reader.Read();
        var isFound = reader.TokenType switch
        {
            JsonTokenType.StartObject => TryMember(ref reader, step, out offset, out length),
            JsonTokenType.StartArray when intoArrays && IsIndex(step, out var index) => TryItem(ref reader, index, out offset, out length),
            _ => false,
        };
        bytesRead += reader.BytesConsumed;
        return isFound;
    }

    private static bool TryMember(ref Utf8JsonReader reader, string name, out int offset, out int length)
    {
        offset = length = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isWanted = JsonText.Is(ref reader, name);
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            if (!isWanted)
                continue;
            offset = start; // no return: of a member given twice the last counts
            length = (int)reader.BytesConsumed - start;
        }

        return length > 0;
    }

    private static bool TryItem(ref Utf8JsonReader reader, int index, out int offset, out int length)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            offset = (int)reader.TokenStartIndex;
            reader.Skip();
            length = (int)reader.BytesConsumed - offset;
            if (index-- == 0)
                return true;
        }

        offset = length = 0;
        return false;
    }

    private static bool IsIndex(string step, out int index) =>
        int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out index) && (step.Length == 1 || step[0] != '0');
}
