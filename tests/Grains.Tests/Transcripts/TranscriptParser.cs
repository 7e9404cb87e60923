using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Grains.Tests.Transcripts;

/// <summary>
/// Reads the transcript format, strictly: what it does not know is an error with its line number. Pure; the runner plays the result.
/// </summary>
internal sealed partial class TranscriptParser
{
    private readonly string _name;
    private readonly string _suffix;
    private readonly List<(int Line, string Text)> _lines;
    private readonly HashSet<string> _known = [];
    private readonly List<string> _fresh = [];
    private readonly HashSet<string> _seen = [];
    private Transcript _transcript;
    private int _next;

    private TranscriptParser(string name, string text, string suffix)
    {
        _name = name;
        _suffix = suffix;
        _transcript = new Transcript(name);
        _lines = LogicalLines(text);
    }

    /// <param name="name">Shown in errors and test names.</param>
    /// <param name="text">The file.</param>
    /// <param name="suffix">Added to the words that the file declares as fresh; empty for a server that nobody else uses.</param>
    /// <exception cref="TranscriptFormatException">The file breaks the format.</exception>
    public static Transcript Parse(string name, string text, string suffix = "") => new TranscriptParser(name, text, suffix).Parse();

    private Transcript Parse()
    {
        while (_next < _lines.Count && Guarded(TryReadHeader))
            _next++;
        foreach (var connection in _transcript.Connections)
            Know(connection, _lines.Count > 0 ? _lines[0].Line : 1);

        var steps = ImmutableArray.CreateBuilder<TranscriptStep>();
        for (; _next < _lines.Count; _next++)
            steps.Add(Guarded(ReadStep));
        if (steps.Count == 0)
            throw new TranscriptFormatException(_name, 1, "there are no steps");
        return _transcript with { Steps = steps.ToImmutable() };
    }

    private bool TryReadHeader(int line, string text)
    {
        var words = TranscriptText.Words(text);
        if (words[0] is not ("transports" or "connections" or "option" or "needs" or "fresh"))
            return false;
        if (words.Length == 1)
            throw new FormatException($"'{words[0]}' says nothing");
        if (words[0] != "option" && !_seen.Add(words[0]))
            throw new FormatException($"'{words[0]}' is said twice");
        var rest = words[1..];
        switch (words[0])
        {
            case "transports":
                _transcript = _transcript with { Transports = [.. rest.Select(Transport)] };
                break;
            case "connections":
                _transcript = _transcript with { Connections = rest is ["none"] ? [] : [.. rest.Select(Connection)] };
                break;
            case "option":
                var equals = text.IndexOf('=', StringComparison.Ordinal);
                if (equals < 0)
                    throw new FormatException("an option is NAME=VALUE");
                _transcript = _transcript with { Options = _transcript.Options.SetItem(text[7..equals].Trim(), text[(equals + 1)..].Trim()) };
                break;
            case "needs":
                _transcript = _transcript with { Needs = [.. rest.Select(Need)] };
                break;
            default:
                _fresh.AddRange(rest);
                break;
        }

        return true;
    }

    private TranscriptStep ReadStep(int line, string text)
    {
        if (MessageLine().Match(text) is { Success: true } match)
            return ReadMessage(line, Known(match.Groups[1].Value), match.Groups[2].Value, match.Groups[3].Value);
        var words = TranscriptText.Words(text);
        return words switch
        {
            ["any", "order"] => ReadAnyOrder(line),
            ["eventually"] => ReadEventually(line),
            ["sync", _, ..] => new TranscriptStep.Sync(line, [.. words[1..].Select(Known)]),
            ["expect", "nothing", _, ..] => new TranscriptStep.ExpectNothing(line, [.. words[2..].Select(Known)]),
            ["expect", "closed", var name] => new TranscriptStep.ExpectClosed(line, Known(name), null),
            ["expect", "closed", var name, var code] => new TranscriptStep.ExpectClosed(line, Known(name), TranscriptText.Number(code)),
            ["connect", _, ..] => ReadConnect(line, words),
            ["close" or "cut", var name] => new TranscriptStep.Close(line, Known(name), words[0] == "cut"),
            ["advance", var by] => ReadAdvance(line, by),
            ["transports" or "connections" or "option" or "needs" or "fresh", ..] => throw new FormatException($"'{words[0]}' must stand before the first step"),
            _ => throw new FormatException($"no such line: {text}"),
        };
    }

    private TranscriptStep ReadMessage(int line, string connection, string arrow, string text)
    {
        if (arrow is ">>" or "<<")
        {
            var bytes = TranscriptText.Bytes(text);
            return arrow == ">>" ? new TranscriptStep.SendBytes(line, connection, bytes) : new TranscriptStep.ExpectBytes(line, connection, bytes);
        }

        text = TranscriptText.ExpandRepeats(TranscriptText.Refresh(text, _fresh, _suffix));
        if (arrow is "<" or "<...")
            return new TranscriptStep.Expect(line, connection, TranscriptText.Pattern(text), arrow == "<...");
        if (arrow == ">")
            TranscriptText.Json(text);
        return new TranscriptStep.Send(line, connection, text);
    }

    private TranscriptStep.AnyOrder ReadAnyOrder(int line)
    {
        var expected = ReadBlock(line).Select(step => step as TranscriptStep.Expect is { Skip: false } expect
            ? expect
            : throw new TranscriptFormatException(_name, step.Line, "only lines with < may stand in 'any order'"));
        return new TranscriptStep.AnyOrder(line, [.. expected]);
    }

    private TranscriptStep.Eventually ReadEventually(int line)
    {
        var steps = ReadBlock(line);
        foreach (var step in steps)
        {
            if (step is not (TranscriptStep.Send or TranscriptStep.Expect { Skip: false }))
                throw new TranscriptFormatException(_name, step.Line, "only lines with > and < may stand in 'eventually'");
        }

        return new TranscriptStep.Eventually(line, steps);
    }

    private ImmutableArray<TranscriptStep> ReadBlock(int line)
    {
        var steps = ImmutableArray.CreateBuilder<TranscriptStep>();
        for (_next++; _next < _lines.Count; _next++)
        {
            if (_lines[_next].Text == "end")
                return steps.Count > 0 ? steps.ToImmutable() : throw new FormatException("the block is empty");
            steps.Add(Guarded(ReadStep));
        }

        throw new TranscriptFormatException(_name, line, "the block has no 'end'");
    }

    private TranscriptStep.Connect ReadConnect(int line, string[] words)
    {
        var connection = Connection(words[1]);
        Know(connection, line);
        var refused = words is [.., "refused", var status] ? TranscriptText.Number(status) : (int?)null;
        var headers = words[2..(refused is null ? ^0 : ^2)].Select(word =>
        {
            var header = word.StartsWith('"') ? TranscriptText.Json(word).GetString()! : "";
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            return colon > 0
                ? KeyValuePair.Create(header[..colon], header[(colon + 1)..].Trim())
                : throw new FormatException($"a header is \"Name: value\", not {word}");
        });
        return new TranscriptStep.Connect(line, connection, [.. headers], refused);
    }

    private TranscriptStep.Advance ReadAdvance(int line, string by)
    {
        _transcript = _transcript with { Needs = _transcript.Needs.Add("clock") };
        return new TranscriptStep.Advance(line, TranscriptText.Duration(by));
    }

    private void Know(TranscriptConnection connection, int line)
    {
        if (connection.Transport is null && _transcript.Transports.Contains(Transcript.Mixed))
            throw new TranscriptFormatException(_name, line, $"with transports mixed {connection.Name} must name its own");
        _known.Add(connection.Name);
    }

    private string Known(string name) => _known.Contains(name) ? name : throw new FormatException($"there is no connection {name}");

    private static TranscriptConnection Connection(string text) => ConnectionItem().Match(text) is { Success: true } match
        ? new TranscriptConnection(match.Groups[1].Value, match.Groups[2].Success ? match.Groups[2].Value : null)
        : throw new FormatException($"'{text}' is no connection: one upper-case letter, digits, and perhaps :ws or :tcp");

    private static string Transport(string word) => word is "ws" or "tcp" or Transcript.Mixed
        ? word
        : throw new FormatException($"'{word}' is no transport: ws, tcp or mixed");

    private static string Need(string word) => word is "clock" or "functions"
        ? word
        : throw new FormatException($"'{word}' is nothing that can be needed: clock, functions");

    private T Guarded<T>(Func<int, string, T> read)
    {
        var (line, text) = _lines[_next];
        try
        {
            return read(line, text);
        }
        catch (FormatException error)
        {
            throw new TranscriptFormatException(_name, line, error.Message);
        }
    }

    private List<(int Line, string Text)> LogicalLines(string text)
    {
        var lines = new List<(int Line, string Text)>();
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.TrimEnd();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (line[0] is not (' ' or '\t'))
                lines.Add((number, line));
            else if (lines.Count == 0)
                throw new TranscriptFormatException(_name, number, "there is no line that this one could continue");
            else
                lines[^1] = (lines[^1].Line, lines[^1].Text + " " + line.Trim());
        }

        return lines;
    }

    [GeneratedRegex(@"^([A-Z][0-9]*)(>>|>!|>|<<|<\.\.\.|<)\s+(.+)$", RegexOptions.Singleline)]
    private static partial Regex MessageLine();

    [GeneratedRegex("^([A-Z][0-9]*)(?::(ws|tcp))?$")]
    private static partial Regex ConnectionItem();
}
