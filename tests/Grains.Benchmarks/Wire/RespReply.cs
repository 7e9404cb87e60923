namespace Grains.Benchmarks.Wire;

/// <summary>What a RESP reply must be.</summary>
internal enum RespReply
{
    /// <summary><c>+OK</c> or another simple string.</summary>
    Simple,

    /// <summary>A bulk string; null counts as wrong.</summary>
    Bulk,

    /// <summary><c>:1</c></summary>
    One,
}
