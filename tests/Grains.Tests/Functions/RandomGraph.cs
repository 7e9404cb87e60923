using System.Globalization;
using System.Text;

namespace Grains.Tests.Functions;

/// <summary>Writes random graphs of calls as text: chains, diamonds, escaped and broken references, repeated and dotted names,
/// failing functions, now and then a cycle.</summary>
public sealed class RandomGraph(Random random)
{
    private static readonly string[] Paths =
        ["", "", "", ".h", ".a", ".a.b", ".a.0", ".a.n", ".items", ".items.0", ".items.0.id", ".items.1", ".items.2.1", ".nope", ".a.b.c", ".", "..h", ".items.7", ".items.00"];

    private readonly List<string> _names = [];
    private double _failing;
    private double _forward;
    private bool _explicit;

    public string Next(bool explicitReferences)
    {
        _names.Clear();
        _explicit = explicitReferences;
        _failing = random.Next(3) == 0 ? random.NextDouble() * 0.2 : 0;
        _forward = random.Next(12) == 0 ? 0.05 : 0;
        var count = random.Next(6) == 0 ? 1 + random.Next(64) : 1 + random.Next(10);
        var width = 1 + random.Next(6);
        for (var i = 0; i < count; i++)
            _names.Add(Name(i));
        var text = new StringBuilder("[");
        for (var i = 0; i < count; i++)
            Command(text, i, width);
        return text.Append(']').ToString();
    }

    private string Name(int i) => random.Next(40) switch
    {
        0 when i > 0 => _names[random.Next(i)],
        1 => $"d.{i}",
        2 => $"é{i}",
        3 => $"a b\\\"{i}",
        4 => "",
        _ => $"s{i}",
    };

    private void Command(StringBuilder text, int i, int width)
    {
        var fails = random.NextDouble() < _failing;
        var function = fails ? random.Next(3) == 0 ? "missing" : "boom" : random.Next(8) switch { 0 => "later", 1 => "pooled", _ => "digest" };
        text.Append(i == 0 ? "" : ",").Append(CultureInfo.InvariantCulture, $"{{\"name\":\"{_names[i]}\",\"fun\":\"{function}\",\"args\":[");
        Argument(text, i, width, 0);
        text.Append(", ");
        Argument(text, i, width, 0);
        text.Append(']');
        if (random.Next(3) == 0)
        {
            text.Append(",\"kwargs\": {\"x\" : ");
            Argument(text, i, width, 0);
            text.Append('}');
        }

        text.Append('}');
    }

    private void Argument(StringBuilder text, int i, int width, int depth)
    {
        switch (random.Next(depth > 3 ? 6 : 9))
        {
            case 0:
                text.Append(random.Next(100));
                break;
            case 1:
                text.Append(random.Next(3) switch { 0 => "null", 1 => "true", _ => "1.50" });
                break;
            case 2:
                text.Append("\"plain\"");
                break;
            case 6:
                text.Append("[ ");
                Argument(text, i, width, depth + 1);
                text.Append(" ,");
                Argument(text, i, width, depth + 1);
                text.Append(']');
                break;
            case 7:
                text.Append(CultureInfo.InvariantCulture, $"{{\"{(_explicit ? "k" : _names[random.Next(_names.Count)])}\":");
                Argument(text, i, width, depth + 1);
                text.Append(",\"z\\u0065\" :");
                Argument(text, i, width, depth + 1);
                text.Append('}');
                break;
            default:
                Reference(text, i, width);
                break;
        }
    }

    private void Reference(StringBuilder text, int i, int width)
    {
        var isForward = random.NextDouble() < _forward;
        var at = isForward ? random.Next(_names.Count) : i - 1 - random.Next(width);
        var name = at < 0 ? _explicit && random.Next(100) != 0 ? null : "nobody" : _names[at];
        if (name is null || (_explicit && random.Next(20) != 0 && name.Contains('.', StringComparison.Ordinal)))
        {
            text.Append(7);
            return;
        }

        // Most explicit paths must find something, or every graph would end in the same error.
        var path = Paths[random.Next(_explicit && random.Next(40) != 0 ? 13 : Paths.Length)];
        var reference = $"\"{Escape(name)}{path}\"";
        text.Append(_explicit ? $"{{ \"$ref\" : {reference}}}" : reference);
    }

    private string Escape(string name) =>
        name.Length > 0 && name[0] < 0x80 && random.Next(10) == 0 ? $"\\u{(int)name[0]:x4}{name[1..]}" : name;
}
