using System.Collections.Immutable;

namespace Grains.Tests.Contracts;

/// <summary>The table of cases: every operation at least once, each with what it answers when all is well and when not.</summary>
public static class CacheCases
{
    private const CacheOutcome Hit = CacheOutcome.Hit;
    private const CacheOutcome Miss = CacheOutcome.Miss;

    public static ImmutableArray<CacheCase> All { get; } = [.. Plain(), .. Atomic(), .. Appends(), .. Sets(), .. Lists(), .. Maps(), .. SortedSets(), .. Counters(), .. Queues()];

    private static CacheCase Case(string operation, string? given, CacheOutcome outcome, Func<CacheCommand, CacheCommand>? arguments = null) =>
        new(operation, given, outcome) { Command = (arguments ?? (c => c))(new CacheCommand(operation)) };

    private static CacheCase Fails(string operation, string? given, ErrorCode error, string message, Func<CacheCommand, CacheCommand>? arguments = null) =>
        Case(operation, given, CacheOutcome.Error, arguments) with { Error = error, Message = message };

    private static Func<CacheCommand, CacheCommand> With(string json) => c => c with { Value = Value.Json(json) };

    private static Func<CacheCommand, CacheCommand> Values(params string[] json) =>
        c => c with { Structure = (c.Structure ?? StructureArguments.Empty) with { Values = [.. json.Select(Value.Json)] } };

    private static Func<CacheCommand, CacheCommand> Index(long index, params string[] json) =>
        c => c with { Structure = new StructureArguments { Index = index, Values = [.. json.Select(Value.Json)] } };

    private static Func<CacheCommand, CacheCommand> Fields(params string[] fields) => c => c with { Structure = new StructureArguments { Fields = [.. fields] } };

    private static Func<CacheCommand, CacheCommand> Structure(StructureArguments arguments) => c => c with { Structure = arguments };

    private static IEnumerable<CacheCase> Plain() =>
    [
        Case("get", null, Miss),
        Case("get", """{"a": 1.0}""", Hit) with { Value = """{"a": 1.0}""" },
        Case("get", "null", Hit) with { Value = "null" },
        Case("put", null, Hit, With("[1, 2]")) with { Value = "[1, 2]", After = "[1, 2]" },
        Case("put", "1", Hit, With("2")) with { Value = "2", After = "2" },
        Case("put", "1", Hit) with { Value = "null", After = "null" },
        Case("delete", "1", Hit) with { After = "missing" },
        Case("delete", null, Miss) with { After = "missing" },
        Case("exists", null, Miss),
        Case("exists", "null", Hit),
        Case("touch", null, Miss) with { After = "missing" },
        Case("touch", "1", Hit) with { After = "1" },
    ];

    private static IEnumerable<CacheCase> Atomic() =>
    [
        .. new[] { ("test_and_set", "Test condition failed"), ("compare_and_swap", "Compare condition failed") }.SelectMany(pair => new[]
        {
            Case(pair.Item1, null, Hit, With("1")) with { Value = "1", After = "1" },
            Case(pair.Item1, null, Hit, c => c with { Expected = Value.Null, Value = Value.Json("1") }) with { After = "1" },
            Case(pair.Item1, "null", Hit, c => c with { Expected = Value.Null, Value = Value.Json("1") }) with { Old = "null", After = "1" },
            Case(pair.Item1, """{"a":1,"b":[2]}""", Hit, c => c with { Expected = Value.Json("""{"b":[2.0],"a":1e0}"""), Value = Value.Json("3") })
                with { Old = """{"a":1,"b":[2]}""", Value = "3", After = "3" },
            Case(pair.Item1, "1", CacheOutcome.Conflict, With("2")) with { Error = ErrorCode.ConditionFailed, Message = pair.Item2, Old = "1", After = "1" },
            Case(pair.Item1, null, CacheOutcome.Conflict, c => c with { Expected = Value.Json("1"), Value = Value.Json("2") })
                with { Error = ErrorCode.ConditionFailed, Message = pair.Item2, After = "missing" },
            Case(pair.Item1, null, Hit, c => c with { IfRevision = 0, Value = Value.Json("2") }) with { After = "2" },
            Case(pair.Item1, "1", CacheOutcome.Conflict, c => c with { IfRevision = 1, Value = Value.Json("2") })
                with { Error = ErrorCode.ConditionFailed, Message = pair.Item2, Old = "1", After = "1" },
        }),
        Case("increment", null, Hit, c => c with { By = Value.Json("5") }) with { Value = "5", After = "5" },
        Case("increment", "1", Hit) with { Old = "1", Value = "2", After = "2" },
        Case("increment", null, Hit, c => c with { Initial = Value.Json("10") }) with { Value = "11" },
        Case("increment", "0.1", Hit, c => c with { By = Value.Json("0.2") }) with { Value = "0.3" },
        Fails("increment", "\"x\"", ErrorCode.NotNumeric, "Value is not numeric") with { After = "\"x\"" },
        Fails("increment", "9223372036854775807", ErrorCode.Overflow, "The number would overflow") with { After = "9223372036854775807" },
        Fails("increment", null, ErrorCode.NotFound, "Key not found", c => c with { CreateIfMissing = false }) with { After = "missing" },
        Fails("increment", "1", ErrorCode.InvalidArgument, "increment needs numbers to add", c => c with { By = Value.Json("\"1\"") }),
        Case("decrement", "1", Hit, c => c with { By = Value.Json("3") }) with { Value = "-2", After = "-2" },
        Fails("decrement", "-9223372036854775808", ErrorCode.Overflow, "The number would overflow"),
        Case("extend_ttl", "1", Hit, c => c with { Ttl = TimeSpan.FromSeconds(5) }) with { Value = "1", After = "1" },
        Fails("extend_ttl", null, ErrorCode.NotFound, "Key not found", c => c with { Ttl = TimeSpan.FromSeconds(5) }),
        Fails("extend_ttl", "1", ErrorCode.InvalidArgument, "extend_ttl needs ttl"),
    ];

    private static IEnumerable<CacheCase> Appends() =>
    [
        Case("append", "\"ab\"", Hit, With("\"cd\"")) with { Old = "\"ab\"", Value = "\"abcd\"", After = "\"abcd\"" },
        Case("append", "[1]", Hit, With("[2, 3]")) with { After = "[1,2, 3]" },
        Case("append", "[ ]", Hit, With("[2]")) with { After = "[2]" },
        Case("append", "[1]", Hit, With("""{"a":1}""")) with { After = """[1,{"a":1}]""" },
        Case("append", null, Hit, With("\"x\"")) with { After = "\"x\"" },
        Case("append", null, Hit, With("7")) with { After = "[7]" },
        Case("append", null, Hit, c => c with { Value = Value.Json("7"), Initial = Value.Json("[6]") }) with { After = "[6,7]" },
        Fails("append", "1", ErrorCode.IncompatibleTypes, "Incompatible types for append/prepend", With("2")) with { After = "1" },
        Fails("append", "\"a\"", ErrorCode.IncompatibleTypes, "Incompatible types for append/prepend", With("[2]")),
        Fails("append", null, ErrorCode.NotFound, "Key not found", c => c with { Value = Value.Json("1"), CreateIfMissing = false }),
        Case("prepend", "\"ab\"", Hit, With("\"cd\"")) with { After = "\"cdab\"" },
        Case("prepend", "[1]", Hit, With("[2,3]")) with { After = "[2,3,1]" },
        Case("prepend", null, Hit, With("7")) with { After = "[7]" },
    ];

    private static IEnumerable<CacheCase> Sets() =>
    [
        Case("set.add", null, Hit, Values("\"admin\"", "\"moderator\"")) with { Result = "true", Size = 2, After = """["admin","moderator"]""", Unordered = true },
        Case("set.add", "[1,2]", Hit, Values("1.0", "3", "3e0")) with { Result = "true", Size = 3, After = "[1,2,3]", Unordered = true },
        Fails("set.add", "\"x\"", ErrorCode.WrongStructure, "The key does not hold a set", Values("1")) with { After = "\"x\"" },
        Fails("set.add", null, ErrorCode.InvalidArgument, "set.add needs values"),
        Fails("set.add", null, ErrorCode.NotFound, "Key not found", c => Values("1")(c) with { CreateIfMissing = false }),
        Case("set.remove", "[1,2]", Hit, Values("2")) with { Result = "true", Size = 1, After = "[1]" },
        Fails("set.remove", "[1]", ErrorCode.NotFound, "Member not found", Values("2")) with { Result = "false", Size = 1 },
        Fails("set.remove", null, ErrorCode.NotFound, "Member not found", Values("2")) with { Size = 0, After = "missing" },
        Case("set.contains", "[\"admin\"]", Hit, Values("\"\\u0061dmin\"")) with { Result = "true", Size = 1 },
        Case("set.contains", "[\"admin\"]", Miss, Values("\"x\"")) with { Result = "false", Size = 1 },
        Case("set.contains", null, Miss, Values("\"x\"")) with { Result = "false", Size = 0 },
        Case("set.members", "[3,1]", Hit) with { Result = "[3,1]", Size = 2, Unordered = true },
        Case("set.members", null, Hit) with { Result = "[]", Size = 0 },
        Case("set.size", "[3,1,1]", Hit) with { Result = "2", Size = 2 },
        Case("set.clear", "[3,1]", Hit) with { Result = "true", Size = 0, After = "[]" },
        Case("set.clear", null, Hit) with { Result = "true", After = "missing" },
        Case("set.union", "[1,2]", Hit, Others("[2,3]", "null")) with { Result = "[1,2,3]", Size = 2, Unordered = true, After = "[1,2]" },
        Case("set.intersection", "[1,2]", Hit, Others("[2,3]", "[2.0]")) with { Result = "[2]", Unordered = true },
        Case("set.difference", "[1,2]", Hit, Others("[2,3]")) with { Result = "[1]", Unordered = true },
        Fails("set.difference", "[1,2]", ErrorCode.WrongStructure, "One of the other keys does not hold a set", Others("3")),
    ];

    private static Func<CacheCommand, CacheCommand> Others(params string[] sets) => Structure(new StructureArguments { OtherSets = [.. sets.Select(Value.Json)] });

    private static IEnumerable<CacheCase> Lists() =>
    [
        Case("list.append", null, Hit, Values("1", "2")) with { Result = "1", Size = 2, After = "[1,2]" },
        Case("list.append", "[1]", Hit, Values("2")) with { Result = "1", Size = 2, After = "[1,2]" },
        Fails("list.append", "{}", ErrorCode.WrongStructure, "The key does not hold a list", Values("2")),
        Case("list.prepend", "[1]", Hit, Values("2", "3")) with { Result = "0", Size = 3, After = "[2,3,1]" },
        Case("list.insert", "[1,4]", Hit, Index(1, "2", "3")) with { Result = "1", Size = 4, After = "[1,2,3,4]" },
        Case("list.insert", "[1,4]", Hit, Index(-1, "3")) with { Result = "1", After = "[1,3,4]" },
        Case("list.insert", "[1]", Hit, Index(9, "2")) with { Result = "1", After = "[1,2]" },
        Fails("list.insert", "[1]", ErrorCode.InvalidIndex, "Index required for insert operation", Values("2")),
        Case("list.remove", "[1,2,1,2]", Hit, Values("1", "1.0", "5")) with { Result = "true", Size = 2, After = "[2,2]" },
        Case("list.remove", "[1]", Hit, Values("5")) with { Result = "false", Size = 1, After = "[1]" },
        Case("list.pop", "[1,2,3]", Hit) with { Result = "3", Size = 2, After = "[1,2]" },
        Case("list.pop", "[1,2,3]", Hit, Index(1)) with { Result = "2", After = "[1,3]" },
        Fails("list.pop", null, ErrorCode.Empty, "Cannot pop from empty list") with { Size = 0, After = "missing" },
        Fails("list.pop", "[1]", ErrorCode.InvalidIndex, "Invalid index", Index(1)) with { Size = 1 },
        Case("list.pop_front", "[1,2]", Hit) with { Result = "1", Size = 1, After = "[2]" },
        Fails("list.pop_front", "[]", ErrorCode.Empty, "Cannot pop from empty list"),
        Case("list.pop_back", "[1,2]", Hit) with { Result = "2", Size = 1, After = "[1]" },
        Case("list.get", "[1,2]", Hit, Index(1)) with { Result = "2", Size = 2 },
        Case("list.get", "[1,2]", Hit, Index(-2)) with { Result = "1" },
        Fails("list.get", "[1,2]", ErrorCode.InvalidIndex, "Invalid index", Index(2)) with { Size = 2 },
        Fails("list.get", "[1,2]", ErrorCode.InvalidIndex, "Invalid index"),
        Case("list.slice", "[1,2,3,4]", Hit) with { Result = "[1,2,3,4]", Size = 4 },
        Case("list.slice", "[1,2,3,4]", Hit, Structure(new() { Start = 1, End = 3 })) with { Result = "[2,3]" },
        Case("list.get_range", "[1,2,3,4]", Hit, Structure(new() { Start = -3, End = -1 })) with { Result = "[2,3]" },
        Case("list.get_range", "[1,2]", Hit, Structure(new() { Start = 5, End = 1 })) with { Result = "[]" },
        Case("list.size", "[1,2]", Hit) with { Result = "2", Size = 2 },
        Case("list.length", null, Hit) with { Result = "0", Size = 0 },
        Case("list.clear", "[1,2]", Hit) with { Result = "true", Size = 0, After = "[]" },
    ];

    private static IEnumerable<CacheCase> Maps() =>
    [
        Case("map.set", null, Hit, Values("\"f\"", """{"x": 1}""")) with { Result = """{"x": 1}""", Size = 1, After = """{"f":{"x": 1}}""" },
        Case("map.set", """{"f":1}""", Hit, Index(7, "\"f\"")) with { Result = "7", Size = 1, After = """{"f":7}""" },
        Fails("map.set", null, ErrorCode.InvalidArgument, "map.set needs a field and a value", Values("\"f\"")),
        Fails("map.set", "[1]", ErrorCode.WrongStructure, "The key does not hold a map", Values("\"f\"", "1")),
        Case("map.get", """{"f": [1]}""", Hit, Fields("f")) with { Result = "[1]", Size = 1 },
        Case("map.get", """{"f":1}""", Hit, Values("\"f\"")) with { Result = "1" },
        Fails("map.get", """{"f":1}""", ErrorCode.NotFound, "Key not found", Fields("g")) with { Size = 1 },
        Case("map.delete", """{"f":1,"g":2}""", Hit, Values("\"f\"")) with { Result = "1", Size = 1, After = """{"g":2}""" },
        Fails("map.delete", """{"f":1}""", ErrorCode.NotFound, "Key not found", Values("\"g\"")) with { Size = 1 },
        Case("map.contains", """{"f":1}""", Hit, Values("\"f\"")) with { Result = "true" },
        Case("map.contains", """{"f":1}""", Miss, Values("\"g\"")) with { Result = "false", Size = 1 },
        Case("map.keys", """{"f":1,"g\n":2}""", Hit) with { Result = """["f","g\u000a"]""", Size = 2 },
        Case("map.values", """{"f":1,"g":2}""", Hit) with { Result = "[1,2]" },
        Case("map.items", """{"f":1,"g":2}""", Hit) with { Result = """[["f",1],["g",2]]""" },
        Case("map.size", """{"f":1,"f":2}""", Hit) with { Result = "1", Size = 1 },
        Case("map.clear", """{"f":1}""", Hit) with { Result = "true", Size = 0, After = "{}" },
        Case("map.set_field", """{"n":1}""", Hit, Structure(new() { FieldUpdates = [new("n", Value.Json("2"), Increment: true), new("a", Value.Json("\"x\""))] }))
            with { Result = """{"n":3,"a":"x"}""", Size = 2, After = """{"n":3,"a":"x"}""" },
        Fails("map.set_field", """{"n":"x"}""", ErrorCode.NotNumeric, "Value is not numeric", Structure(new() { FieldUpdates = [new("a", Value.Json("1")), new("n", Value.Json("2"), true)] }))
            with { After = """{"n":"x"}""" },
        Case("map.get_fields", """{"f":1,"g":2}""", Hit, Fields("g", "zz", "f")) with { Result = """{"g":2,"f":1}""", Size = 2 },
        Case("map.remove_fields", """{"f":1,"g":2}""", Hit, Fields("g", "zz", "g")) with { Result = "1", Size = 1, After = """{"f":1}""" },
        Case("map.increment_field", null, Hit, Values("\"n\"", "5")) with { Result = "5", Size = 1, After = """{"n":5}""" },
        Case("map.increment_field", """{"n":5}""", Hit, c => c with { Structure = new() { Fields = ["n"], Index = -2 } }) with { Result = "3", After = """{"n":3}""" },
        Fails("map.increment_field", """{"n":9223372036854775807}""", ErrorCode.Overflow, "The number would overflow", Fields("n")),
    ];

    private static IEnumerable<CacheCase> SortedSets() =>
    [
        Case("sorted_set.add", null, Hit, Values("\"b\"", "\"a\"")) with { Result = "true", Size = 2, After = """[[0,"a"],[0,"b"]]""" },
        Case("sorted_set.add", """[[5,"a"]]""", Hit, Scores(("\"b\"", 1))) with { Result = "true", Size = 2, After = """[[1,"b"],[5,"a"]]""" },
        Fails("sorted_set.add", "[1]", ErrorCode.WrongStructure, "The key does not hold a sorted set", Values("1")),
        Case("sorted_set.add_scored", """[[5,"a"]]""", Hit, Scores(("\"a\"", 1.5), ("\"b\"", 1))) with { Result = "true", Size = 2, After = """[[1,"b"],[1.5,"a"]]""" },
        Fails("sorted_set.add_scored", null, ErrorCode.InvalidArgument, "sorted_set.add_scored needs scored_values"),
        Case("sorted_set.remove", """[[5,"a"],[6,"b"]]""", Hit, Values("\"a\"")) with { Result = "true", Size = 1, After = """[[6,"b"]]""" },
        Case("sorted_set.remove", """[[5,"a"]]""", Hit, Values("\"x\"")) with { Result = "false", Size = 1 },
        Case("sorted_set.score", """[[5.5,"a"]]""", Hit, Values("\"a\"")) with { Result = "5.5", Size = 1 },
        Fails("sorted_set.score", null, ErrorCode.NotFound, "Member not found", Values("\"a\"")) with { Size = 0 },
        Case("sorted_set.get_score", """[[5,"a"]]""", Hit, Values("\"a\"")) with { Result = "5" },
        Case("sorted_set.rank", """[[5,"a"],[4,"b"]]""", Hit, Values("\"a\"")) with { Result = "1", Size = 2 },
        Fails("sorted_set.rank", """[[5,"a"]]""", ErrorCode.NotFound, "Member not found", Values("\"x\"")) with { Size = 1 },
        Case("sorted_set.range", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit) with { Result = """["b","a","c"]""", Size = 3 },
        Case("sorted_set.range", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit, Structure(new() { Start = 1, End = 2 })) with { Result = """["a"]""" },
        Case("sorted_set.get_range", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit, Structure(new() { MinScore = 4, MaxScore = 5 })) with { Result = """["b","a"]""" },
        Case("sorted_set.get_range", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit, Structure(new() { MinScore = 4.5, Limit = 1 })) with { Result = """["a"]""" },
        Case("sorted_set.get_range", """[[5,"a"]]""", Hit, Structure(new() { MinScore = 9, MaxScore = 1 })) with { Result = "[]" },
        Case("sorted_set.get_top", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit, Structure(new() { Limit = 2 })) with { Result = """["c","a"]""" },
        Case("sorted_set.get_bottom", """[[5,"a"],[4,"b"],[6,"c"]]""", Hit, Structure(new() { Limit = 2 })) with { Result = """["b","a"]""" },
        Case("sorted_set.size", """[[5,"a"]]""", Hit) with { Result = "1", Size = 1 },
        Case("sorted_set.clear", """[[5,"a"]]""", Hit) with { Result = "true", Size = 0, After = "[]" },
    ];

    private static Func<CacheCommand, CacheCommand> Scores(params (string Member, double Score)[] scored) =>
        Structure(new StructureArguments { ScoredValues = [.. scored.Select(s => new ScoredValue(Value.Json(s.Member), s.Score))] });

    private static IEnumerable<CacheCase> Counters() =>
    [
        Case("counter.increment", null, Hit) with { Result = "1", Size = 1, After = "1" },
        Case("counter.increment", "5", Hit, Index(3)) with { Result = "8", After = "8" },
        Case("counter.increment", "5", Hit, Values("0.5")) with { Result = "5.5" },
        Fails("counter.increment", "[]", ErrorCode.WrongStructure, "The key does not hold a counter"),
        Fails("counter.increment", "9223372036854775807", ErrorCode.Overflow, "The number would overflow"),
        Case("counter.decrement", "5", Hit, Index(7)) with { Result = "-2", Size = 1, After = "-2" },
        Case("counter.set", "5", Hit, Index(9)) with { Result = "9", After = "9" },
        Case("counter.set", null, Hit) with { Result = "0", After = "0" },
        Case("counter.get", "5", Hit) with { Result = "5", Size = 1 },
        Case("counter.get", null, Hit) with { Result = "0", Size = 1, After = "missing" },
        Case("counter.reset", "5", Hit) with { Result = "0", After = "0" },
    ];

    private static IEnumerable<CacheCase> Queues() =>
    [
        Case("queue.enqueue", null, Hit, Values("1", "2")) with { Result = "1", Size = 2, After = "[1,2]" },
        Case("queue.dequeue", "[1,2]", Hit) with { Result = "1", Size = 1, After = "[2]" },
        Fails("queue.dequeue", null, ErrorCode.Empty, "Queue is empty") with { Size = 0 },
        Case("queue.peek", "[1,2]", Hit) with { Result = "1", Size = 2, After = "[1,2]" },
        Fails("queue.peek", "[]", ErrorCode.Empty, "Queue is empty") with { Size = 0 },
        Case("queue.size", "[1,2]", Hit) with { Result = "2" },
        Case("queue.clear", "[1,2]", Hit) with { Result = "true", Size = 0, After = "[]" },
        Case("stack.push", "[1]", Hit, Values("2")) with { Result = "1", Size = 2, After = "[1,2]" },
        Case("stack.pop", "[1,2]", Hit) with { Result = "2", Size = 1, After = "[1]" },
        Fails("stack.pop", "[]", ErrorCode.Empty, "Stack is empty") with { Size = 0 },
        Case("stack.peek", "[1,2]", Hit) with { Result = "2", Size = 2 },
        Fails("stack.peek", null, ErrorCode.Empty, "Stack is empty"),
        Case("stack.size", null, Hit) with { Result = "0" },
        Case("stack.clear", "[1,2]", Hit) with { Result = "true", Size = 0 },
    ];
}
