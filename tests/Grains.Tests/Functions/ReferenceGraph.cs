using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Grains.Tests.Functions;

/// <summary>
/// What a graph of calls should answer, found out one command after the other by plain recursion over JSON documents. It shares
/// no code with the product. The functions of the graphs are here too: <see cref="Digest"/> tells apart all arguments, in a
/// result of bounded size with something to refer to.
/// </summary>
public sealed class ReferenceGraph
{
    private readonly Dictionary<string, (int Order, JsonObject Command)> _commands = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _levels = new(StringComparer.Ordinal);
    private readonly Dictionary<string, JsonNode?> _results = new(StringComparer.Ordinal);
    private readonly HashSet<string> _done = new(StringComparer.Ordinal);
    private readonly HashSet<string> _failed = new(StringComparer.Ordinal);
    private readonly bool _explicit;

    public ReferenceGraph(JsonArray commands, bool explicitReferences)
    {
        _explicit = explicitReferences;
        for (var i = 0; i < commands.Count; i++)
            _commands[commands[i]!["name"]!.GetValue<string>()] = (i, commands[i]!.AsObject());
        Names = [.. _commands.OrderBy(c => c.Value.Order).Select(c => c.Key)];
        IsRefusedReference = explicitReferences && Names.Any(name => References(name).Any(r => !IsCommand(r.Split('.')[0])));
        IsCycle = !IsRefusedReference && Names.Any(name => LevelOf(name, []) < 0);
        if (IsRefusedReference || IsCycle)
            return;
        foreach (var name in Names)
            Run(name);
    }

    public List<string> Names { get; }

    /// <summary>An explicit reference names no command.</summary>
    public bool IsRefusedReference { get; }

    public bool IsCycle { get; }

    /// <summary>The failures that may be answered: code and details of every command that runs and fails.</summary>
    public HashSet<(ErrorCode, string)> Failures { get; } = [];

    public int LevelCount => _levels.Count == 0 ? 0 : _levels.Values.Max() + 1;

    public IEnumerable<(string Name, JsonNode? Result)> ResultsOf(int level) =>
        Names.Where(name => _levels[name] == level).Select(name => (name, _results[name]));

    /// <summary>The result of the graphs' working function: a function of what the arguments mean.</summary>
    public static JsonObject Digest(JsonNode arguments)
    {
        var hash = Hash(Spell(arguments));
        return new JsonObject
        {
            ["h"] = hash,
            ["a"] = new JsonObject { ["b"] = hash % 100, ["0"] = "zero", ["n"] = null },
            ["items"] = new JsonArray(new JsonObject { ["id"] = hash % 7 }, $"é {hash % 11}", new JsonArray(1, 2)),
        };
    }

    public static string FailureOf(JsonNode arguments) => $"InvalidOperationException: bad {Hash(Spell(arguments))}";

    private bool IsCommand(string name) => _commands.ContainsKey(name) && !name.Contains('.', StringComparison.Ordinal);

    private int LevelOf(string name, HashSet<string> above)
    {
        if (_levels.TryGetValue(name, out var known))
            return known;
        if (!above.Add(name))
            return -1;
        var level = 0;
        foreach (var needed in Needs(name))
        {
            var below = LevelOf(needed, above);
            if (below < 0)
                return -1;
            level = Math.Max(level, below + 1);
        }

        above.Remove(name);
        _levels[name] = level;
        return level;
    }

    private List<string> Needs(string name) => [.. References(name).Select(r => r.Split('.')[0]).Where(IsCommand).Distinct()];

    private List<string> References(string name)
    {
        var found = new List<string>();
        Collect(_commands[name].Command["args"], found);
        Collect(_commands[name].Command["kwargs"], found);
        return found;
    }

    private void Collect(JsonNode? node, List<string> found)
    {
        if (_explicit && AsReference(node) is { } reference)
            found.Add(reference);
        else if (!_explicit && node is JsonValue value && value.TryGetValue<string>(out var text))
            found.Add(text);
        else if (node is JsonArray array)
            array.ToList().ForEach(item => Collect(item, found));
        else if (node is JsonObject members)
            members.ToList().ForEach(member => Collect(member.Value, found));
    }

    private static string? AsReference(JsonNode? node) =>
        node is JsonObject { Count: 1 } only && only.ContainsKey("$ref") ? only["$ref"]!.GetValue<string>() : null;

    private bool Run(string name)
    {
        if (_done.Contains(name))
            return true;
        if (_failed.Contains(name))
            return false;
        if (Needs(name).Where(needed => !Run(needed)).ToList().Count > 0)
        {
            _failed.Add(name);
            return false;
        }

        var unresolved = new List<string>();
        var command = _commands[name].Command;
        var arguments = Replace(command["args"], unresolved)!.AsArray();
        var keywords = command["kwargs"] is { } given ? Replace(given, unresolved)!.AsObject() : [];
        var all = new JsonArray(Copy(arguments[0]), Copy(arguments[1]), Copy(keywords.TryGetPropertyValue("x", out var x) ? x : null));
        var function = command["fun"]!.GetValue<string>();
        var failure = unresolved.Count > 0 ? (ErrorCode.UnresolvedReference, $"Unresolved reference: {unresolved[0]}")
            : function == "missing" ? (ErrorCode.FunctionNotFound, "Command not found: missing")
            : function == "boom" ? (ErrorCode.ExecutionFailed, FailureOf(all))
            : default;
        if (failure != default)
        {
            Failures.Add(failure);
            _failed.Add(name);
            return false;
        }

        _results[name] = Digest(all);
        _done.Add(name);
        return true;
    }

    private JsonNode? Replace(JsonNode? node, List<string> unresolved)
    {
        if (_explicit && AsReference(node) is { } reference)
        {
            var isFound = Find(reference, out var found);
            if (!isFound)
                unresolved.Add(reference);
            return Copy(found);
        }

        if (!_explicit && node is JsonValue value && value.TryGetValue<string>(out var text) && Find(text, out var result))
            return Copy(result);
        return node switch
        {
            JsonArray array => new JsonArray([.. array.Select(item => Replace(item, unresolved))]),
            JsonObject members => new JsonObject(members.Select(m => KeyValuePair.Create(m.Key, Replace(m.Value, unresolved)))),
            _ => Copy(node),
        };
    }

    private bool Find(string reference, out JsonNode? found)
    {
        found = null;
        var steps = reference.Split('.');
        if (!IsCommand(steps[0]))
            return false;
        found = _results[steps[0]];
        foreach (var step in steps.Skip(1))
        {
            if (found is JsonObject members && members.TryGetPropertyValue(step, out var member))
                found = member;
            else if (_explicit && found is JsonArray items && step.Length is > 0 and < 6 && step.All(char.IsAsciiDigit)
                && int.Parse(step, CultureInfo.InvariantCulture) is var at && at < items.Count && (at == 0 ? step == "0" : step[0] != '0'))
                found = items[at];
            else
                return false;
        }

        return true;
    }

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    private static string Spell(JsonNode? node)
    {
        var text = new StringBuilder();
        Spell(node, text);
        return text.ToString();
    }

    private static void Spell(JsonNode? node, StringBuilder text)
    {
        switch (node)
        {
            case JsonArray items:
                text.Append('[');
                foreach (var item in items)
                    Spell(item, text);
                text.Append(']');
                break;
            case JsonObject members:
                text.Append('{');
                foreach (var (name, member) in members)
                {
                    text.Append(name).Append('=');
                    Spell(member, text);
                }

                text.Append('}');
                break;
            case null:
                text.Append('~');
                break;
            default:
                text.Append(node.GetValueKind() == JsonValueKind.String ? $"'{node.GetValue<string>()}'" : node.ToJsonString()).Append(';');
                break;
        }
    }

    private static int Hash(string text)
    {
        var hash = 2166136261u;
        foreach (var c in text)
            hash = unchecked((hash ^ c) * 16777619);
        return (int)(hash & 0x3fffffff);
    }
}
