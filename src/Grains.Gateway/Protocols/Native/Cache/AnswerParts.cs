namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>What an answer leaves out when it would be too long, in this order.</summary>
[Flags]
internal enum AnswerParts : byte
{
    None = 0,
    OldValue = 1,
    NewValue = 2,
    EntryValue = 4,

    /// <summary>All of it, for a key with that many tags or dependencies.</summary>
    Entry = 8,
}
