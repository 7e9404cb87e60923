using System.Runtime.InteropServices;
using System.Text.Json;

namespace Grains.Json;

/// <summary>
/// Writes a JSON document in its one canonical form: no white space, members sorted by the bytes of their names with the last of
/// duplicates kept, strings with one spelling of each escape, numbers as <see cref="JsonNumber.AppendCanonical"/> writes them. Two documents
/// mean the same exactly if their canonical forms are the same bytes. Walks with a stack of its own, not by recursion.
/// </summary>
internal sealed class JsonCanonicalizer
{
    /// <summary>Deeper documents have no canonical form and mean only themselves. Bounds the work, too: each level may copy its content
    /// once.</summary>
    public const int DepthMax = 256;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = DepthMax };

    private readonly Stack<Container> _open = new();
    private readonly List<Member> _members = [];
    private readonly Utf8Buffer _out;

    private JsonCanonicalizer(Utf8Buffer to)
    {
        _out = to;
    }

    /// <returns>False when the bytes are not one JSON document, or too deep.</returns>
    public static bool TryWrite(ReadOnlySpan<byte> json, Utf8Buffer to)
    {
        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            new JsonCanonicalizer(to).Write(ref reader);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Write(ref Utf8JsonReader reader)
    {
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    BeginItem();
                    _open.Push(new Container(reader.TokenType == JsonTokenType.StartObject, _out.Length, _members.Count));
                    _out.Append(reader.TokenType == JsonTokenType.StartObject ? (byte)'{' : (byte)'[');
                    break;
                case JsonTokenType.EndArray:
                    _open.Pop();
                    _out.Append((byte)']');
                    break;
                case JsonTokenType.EndObject:
                    CloseObject(_open.Pop());
                    _out.Append((byte)'}');
                    break;
                case JsonTokenType.PropertyName:
                    BeginMember(reader.ValueSpan);
                    break;
                default:
                    BeginItem();
                    WriteScalar(reader.TokenType, reader.ValueSpan);
                    break;
            }
        }
    }

    private void WriteScalar(JsonTokenType type, ReadOnlySpan<byte> text)
    {
        if (type == JsonTokenType.Number && JsonNumber.TryParse(text, out var number))
        {
            number.AppendCanonical(_out);
        }
        else if (type == JsonTokenType.String)
        {
            _out.Append((byte)'"');
            JsonText.AppendNormalized(_out, text);
            _out.Append((byte)'"');
        }
        else
        {
            _out.Append(text);
        }
    }

    private void BeginItem()
    {
        if (_open.TryPeek(out var container) && !container.IsObject && _out.Length > container.Start + 1)
            _out.Append((byte)',');
    }

    // Members lie one after the other, each "name":value and no comma; the commas come when they are put in order.
    private void BeginMember(ReadOnlySpan<byte> name)
    {
        CloseMember(_open.Peek());
        var start = _out.Length;
        _out.Append((byte)'"');
        JsonText.AppendNormalized(_out, name);
        _out.Append("\":"u8);
        _members.Add(new Member(start, _out.Length - start, _members.Count, 0));
    }

    private void CloseMember(Container container)
    {
        if (_members.Count > container.FirstMember)
        {
            ref var last = ref CollectionsMarshal.AsSpan(_members)[^1];
            last = last with { Length = _out.Length - last.Start };
        }
    }

    private void CloseObject(Container container)
    {
        CloseMember(container);
        var members = CollectionsMarshal.AsSpan(_members)[container.FirstMember..];
        if (members.Length > 1)
        {
            var text = _out.ToArray();
            members.Sort((a, b) =>
            {
                var order = text.AsSpan(a.Start, a.NameLength).SequenceCompareTo(text.AsSpan(b.Start, b.NameLength));
                return order != 0 ? order : a.Order.CompareTo(b.Order);
            });
            Rewrite(container, members, text);
        }

        _members.RemoveRange(container.FirstMember, _members.Count - container.FirstMember);
    }

    private void Rewrite(Container container, ReadOnlySpan<Member> members, ReadOnlySpan<byte> text)
    {
        _out.Truncate(container.Start + 1);
        for (var i = 0; i < members.Length; i++)
        {
            var member = members[i];
            var name = text.Slice(member.Start, member.NameLength);
            if (i + 1 < members.Length && name.SequenceEqual(text.Slice(members[i + 1].Start, members[i + 1].NameLength)))
                continue;
            if (_out.Length > container.Start + 1)
                _out.Append((byte)',');
            _out.Append(text.Slice(member.Start, member.Length));
        }
    }

    private readonly record struct Container(bool IsObject, int Start, int FirstMember);

    private readonly record struct Member(int Start, int NameLength, int Order, int Length);
}
