namespace Grains.Functions;

/// <summary>A command's arguments and, for each of their references, the bytes that come in its place; not yet put together, so that
/// its size is known before its memory is taken.</summary>
/// <param name="document">The document that <paramref name="references"/> were found in.</param>
/// <param name="references">In the order of their places.</param>
/// <param name="pieces">One for each reference.</param>
/// <param name="length">The bytes of the document that comes out.</param>
internal sealed class ResolvedDocument(Value document, List<GraphReference> references, ReadOnlyMemory<byte>[] pieces, int length)
{
    public int Length => length;

    public Value Make()
    {
        var source = document.Bytes.Span;
        var bytes = new byte[length];
        var read = 0;
        var written = 0;
        for (var i = 0; i < pieces.Length; i++)
        {
            var before = source[read..references[i].Start];
            before.CopyTo(bytes.AsSpan(written));
            pieces[i].Span.CopyTo(bytes.AsSpan(written + before.Length));
            written += before.Length + pieces[i].Length;
            read = references[i].Start + references[i].Length;
        }

        source[read..].CopyTo(bytes.AsSpan(written));
        return Value.Json(bytes);
    }
}
