namespace Grains.Functions;

/// <summary>The settings of references within graphs, <c>Grains:Functions:Graphs:…</c>. Checked with the rest of
/// <see cref="FunctionOptions"/>.</summary>
public sealed class GraphOptions
{
    /// <summary>Bytes of results that the references of one graph read; equal references read once. Past it
    /// <see cref="ErrorCode.FunctionLimit"/>. 1 KiB to 1 TiB.</summary>
    public long ReferenceScanBytesMax { get; set; } = 256 * 1024 * 1024;

    /// <summary>Bytes of the arguments that results were put into, of all calls of one graph that run at once. A command that does not
    /// fit waits until others have ended; one that is larger by itself runs when no other holds any. 1 KiB to 1 TiB.</summary>
    public long ResolvedBytesMax { get; set; } = 64 * 1024 * 1024;
}
