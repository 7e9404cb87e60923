using Grains.Engine;
using Orleans;

namespace Grains.Orleans.Functions;

/// <summary>What a call was answered where it was decided.</summary>
/// <param name="Reply">The answer.</param>
/// <param name="WasAsked">A provider was asked, so the answer may be its own, whatever it says; made again the call could run twice.</param>
[GenerateSerializer, Immutable, Alias("grains.DecidedReply")]
public readonly record struct DecidedReply([property: Id(0)] CallReply Reply, [property: Id(1)] bool WasAsked)
{
    /// <summary>Who decided it knows nobody who could run it, and nothing has run.</summary>
    internal bool IsNotFound => !WasAsked && Reply.Error == ErrorCode.FunctionNotFound;
}
