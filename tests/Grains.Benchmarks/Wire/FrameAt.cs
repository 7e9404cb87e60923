namespace Grains.Benchmarks.Wire;

/// <summary>One frame that a server sent.</summary>
/// <param name="Start">Where its payload begins.</param>
/// <param name="Length">Bytes of the payload.</param>
/// <param name="Kind">A message, or something between.</param>
internal readonly record struct FrameAt(int Start, int Length, FrameAtKind Kind)
{
    public int WholeBytes => Start + Length;
}
