using System.Collections.Immutable;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>An <c>rpc</c> message: its graph of commands.</summary>
internal static class GraphReader
{
    public static CallGraph Read(in Envelope envelope, ReadOnlySpan<byte> id, TextTable texts, ref FieldFault fault)
    {
        var stream = JsonField.Bool(envelope[Member.Stream], "stream", absent: false, ref fault);
        var intermediate = JsonField.Bool(envelope[Member.ReturnIntermediateResults], "return_intermediate_results", absent: false, ref fault);
        var topic = JsonField.Text(envelope[Member.IntermediateResultCallbackTopic], "intermediate_result_callback_topic", ref fault);
        ReservedTopic.Check(topic ?? "", ref fault);
        var summary = JsonField.Bool(envelope[Member.IncludeExecutionSummary], "include_execution_summary", absent: false, ref fault);
        return new CallGraph(Commands(envelope[Member.Cmds], stream, texts, ref fault))
        {
            ExplicitReferences = ExplicitReferences(envelope[Member.Refs], ref fault),
            Timeout = Timeout(envelope[Member.TimeoutMs], "timeout_ms", ref fault),
            ReturnIntermediateResults = intermediate,
            IncludeSummary = summary,
            IntermediateTopic = topic,
            // Only these show the id again.
            RequestId = intermediate || summary || topic is not null ? Decode(id) : "",
        };
    }

    private static string Decode(ReadOnlySpan<byte> id) =>
        System.Text.Encoding.UTF8.GetString(id.Contains((byte)'\\') ? JsonText.Unescape(id) : id);

    private static bool ExplicitReferences(ReadOnlySpan<byte> json, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json) || json.SequenceEqual("\"names\""u8))
            return false;
        if (!json.SequenceEqual("\"explicit\""u8))
            fault.Set("Field 'refs' must be \"names\" or \"explicit\".", ErrorCode.InvalidMessage);
        return true;
    }

    private static TimeSpan? Timeout(ReadOnlySpan<byte> json, string name, ref FieldFault fault)
    {
        var timeout = JsonField.Milliseconds(json, name, ref fault);
        if (timeout <= TimeSpan.Zero)
            fault.Set($"Field '{name}' must be over zero.");
        return timeout;
    }

    private static ImmutableArray<GraphCommand> Commands(ReadOnlySpan<byte> json, bool stream, TextTable texts, ref FieldFault fault)
    {
        if (JsonText.IsAbsentOrNull(json))
            fault.Set("Field 'cmds' is required.");
        json = JsonField.Array(json, "cmds", ref fault);
        var items = new JsonItems(json);
        if (!items.Next())
            return [];
        var first = Command(items.Value, stream, texts, ref fault);
        if (!items.Next())
            return [first];
        var commands = ImmutableArray.CreateBuilder<GraphCommand>();
        commands.Add(first);
        do
        {
            commands.Add(Command(items.Value, stream, texts, ref fault));
        }
        while (items.Next());
        return commands.DrainToImmutable();
    }

    private static GraphCommand Command(ReadOnlySpan<byte> json, bool stream, TextTable texts, ref FieldFault fault)
    {
        if (!JsonText.IsObject(json))
            fault.Set("Field 'cmds' must be an array of objects.");
        ReadOnlySpan<byte> name = default, function = default, args = default, kwargs = default, locs = default, target = default, timeout = default;
        var members = new JsonMembers(json);
        while (members.Next())
        {
            if (members.Is("name"u8))
                name = members.Value;
            else if (members.Is("fun"u8))
                function = members.Value;
            else if (members.Is("args"u8))
                args = members.Value;
            else if (members.Is("kwargs"u8))
                kwargs = members.Value;
            else if (members.Is("locs"u8))
                locs = members.Value;
            else if (members.Is("target"u8))
                target = members.Value;
            else if (members.Is("timeout_ms"u8))
                timeout = members.Value;
        }

        var targetId = JsonField.Text(target, "cmds[].target", ref fault);
        return new GraphCommand(Name(name, "cmds[].name", texts, ref fault), new FunctionCall(Name(function, "cmds[].fun", texts, ref fault))
        {
            Arguments = Copied(JsonField.Array(args, "cmds[].args", ref fault)),
            Keywords = Copied(JsonField.Object(kwargs, "cmds[].kwargs", ref fault)),
            Locs = JsonField.Texts(locs, "cmds[].locs", ref fault),
            Target = targetId is null ? default : new ConnectionId(targetId),
            Timeout = Timeout(timeout, "cmds[].timeout_ms", ref fault),
            Stream = stream,
        });
    }

    private static string Name(ReadOnlySpan<byte> json, string name, TextTable texts, ref FieldFault fault) =>
        JsonText.IsString(json) && !json.Contains((byte)'\\') ? texts.Get(JsonText.Inner(json)) : JsonField.RequiredText(json, name, ref fault);

    /// <summary>None for <c>[]</c> and <c>{}</c>, which need not be kept.</summary>
    private static Value Copied(ReadOnlySpan<byte> json) => json.Length <= 2 ? default : Value.Json(json.ToArray());
}
