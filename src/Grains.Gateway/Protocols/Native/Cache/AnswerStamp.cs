namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>What an answer says of itself: when it was made, by what number of its connection, and how long it took.</summary>
internal readonly record struct AnswerStamp(long NowUs, byte[] Connection, long Number, long TookUs);
