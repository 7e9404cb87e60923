namespace Grains.Benchmarks.Wire;

internal enum FrameAtKind
{
    Message,
    Ping,
    Pong,
    Close,
}
