using System.Runtime.CompilerServices;
using System.Text.Unicode;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native;

/// <summary>What reading an envelope found.</summary>
internal enum EnvelopeFault : byte
{
    None,

    /// <summary>The bytes are not one JSON document in UTF-8.</summary>
    NotJson,

    /// <summary>The JSON nests deeper than it may.</summary>
    TooDeep,

    /// <summary>The JSON is no object.</summary>
    NotAnObject,
}

/// <summary>
/// A message's top: where each known member's value lies in the bytes. Made in one pass that checks every byte of the message, so
/// whatever looks into a member afterwards meets valid JSON. Of a member given twice the last counts; unknown ones are skipped.
/// Lives as long as the read buffer's slice.
/// </summary>
internal ref struct Envelope
{
    private readonly ReadOnlySpan<byte> _json;
    private Members _members;

    private Envelope(ReadOnlySpan<byte> json) => _json = json;

    /// <summary>The bytes of a member's value; empty when it is absent.</summary>
    public readonly ReadOnlySpan<byte> this[Member member]
    {
        get
        {
            var (start, length) = _members[(int)member];
            return _json.Slice(start, length);
        }
    }

    /// <summary>The inside of the role, or empty when it is absent or no string.</summary>
    public readonly ReadOnlySpan<byte> Role => InnerOf(Member.Role);

    /// <summary>The inside of the request id, still escaped, or empty when it is absent or no string.</summary>
    public readonly ReadOnlySpan<byte> Id => InnerOf(Member.U);

    /// <summary>The message's bytes.</summary>
    public readonly int Bytes => _json.Length;

    public static EnvelopeFault TryRead(ReadOnlySpan<byte> json, int depthMax, out Envelope envelope)
    {
        envelope = new Envelope(json);
        return Utf8.IsValid(json) ? envelope.Read(depthMax) : EnvelopeFault.NotJson;
    }

    private EnvelopeFault Read(int depthMax)
    {
        var start = JsonScan.Space(_json, 0);
        var document = _json[start..];
        var isObject = JsonText.IsObject(document);
        var end = isObject ? ReadMembers(start, depthMax) : JsonScan.Value(document, 0, depthMax);
        if (end == JsonScan.TooDeep)
            return EnvelopeFault.TooDeep;
        // After the document only white space may follow.
        if (end < 0 || JsonScan.Space(document, end) < document.Length)
            return EnvelopeFault.NotJson;
        return isObject ? EnvelopeFault.None : EnvelopeFault.NotAnObject;
    }

    private int ReadMembers(int start, int depthMax)
    {
        var members = new JsonMembers(_json[start..], depthMax);
        while (members.Next())
        {
            var member = MemberNames.Find(members.Name);
            if (member != MemberNames.Unknown)
                _members[member] = (start + members.ValueStart, members.Value.Length);
        }

        return members.End;
    }

    private readonly ReadOnlySpan<byte> InnerOf(Member member)
    {
        var json = this[member];
        return JsonText.IsString(json) ? JsonText.Inner(json) : default;
    }

    [InlineArray(MemberNames.Count)]
    private struct Members
    {
        private (int Start, int Length) _first;
    }
}
