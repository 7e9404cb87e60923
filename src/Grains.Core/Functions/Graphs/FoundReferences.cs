using System.Text.Json;

namespace Grains.Functions;

/// <summary>
/// What the references of one running graph find in its results. Equal references are looked for once, and all together read no
/// more bytes than <see cref="GraphOptions.ReferenceScanBytesMax"/>, so a small graph cannot cost more than that.
/// </summary>
/// <param name="intoArrays">A number in a path walks into an array; otherwise paths lead through objects only.</param>
/// <param name="bytesMax">The bytes that may be read.</param>
/// <param name="stopped">Asked before each search: why the graph has to end, or null.</param>
internal sealed class FoundReferences(bool intoArrays, long bytesMax, Func<GraphReply?> stopped)
{
    private readonly Dictionary<(int Command, string? Path), Found> _found = [];
    private long _bytesRead;

    /// <param name="reference">What to look for.</param>
    /// <param name="result">The JSON result of the command referred to.</param>
    /// <param name="found">What it finds.</param>
    /// <returns>Why the graph has to end, or null.</returns>
    public GraphReply? Find(in GraphReference reference, ReadOnlyMemory<byte> result, out Found found)
    {
        if (_found.TryGetValue((reference.Command, reference.Path), out found))
            return null;
        if (stopped() is { } stop)
            return stop;
        if (ReferencePath.TryFind(result.Span, Split(reference.Path), intoArrays, bytesMax, ref _bytesRead, out var range))
            found = Measure(result[range]);
        if (_bytesRead > bytesMax)
            return GraphReply.Fail(ErrorCode.FunctionLimit, $"The references of the graph read more than {bytesMax} bytes of results.");
        _found.Add((reference.Command, reference.Path), found);
        return null;
    }

    private static string[] Split(string? path) => path is null ? [] : path.Split('.');

    private Found Measure(ReadOnlyMemory<byte> json)
    {
        _bytesRead += json.Length;
        return new Found(json, _bytesRead > bytesMax ? 0 : DepthOf(json.Span));
    }

    private static int DepthOf(ReadOnlySpan<byte> json)
    {
        var depth = 0;
        var reader = new Utf8JsonReader(json, GraphReferences.AnyDepth);
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                depth = Math.Max(depth, reader.CurrentDepth + 1);
        }

        return depth;
    }

    /// <param name="Json">The value; empty when there is none.</param>
    /// <param name="Depth">Objects and arrays within each other in it.</param>
    internal readonly record struct Found(ReadOnlyMemory<byte> Json, int Depth)
    {
        public bool IsNothing => Json.IsEmpty;
    }
}
