using System.Text.Json;

namespace Grains.Client.Wire;

/// <summary>Writes messages about calls; each method is headed by the message it writes.</summary>
internal static class FunctionRequestWriter
{
    /// <summary>The name of the one command of a single call. It begins with a dot: no argument can refer to it.</summary>
    public const string SingleCommand = ".call";

    /// <summary><code>{"role":"rpc","u":…,"cmds":[{"name":".call","fun":…,"args":[…],"kwargs":{…},"locs":[…],["target":…]}],
    /// ["timeout_ms":n,]["stream":true]}</code></summary>
    public static byte[] Call(long u, FunctionCall call, bool stream)
    {
        var writer = MessageWriter.Begin("rpc"u8, u);
        writer.WriteStartArray("cmds"u8);
        WriteCommand(writer, SingleCommand, call with { Timeout = null });
        writer.WriteEndArray();
        WriteTimeout(writer, call.Timeout);
        if (stream)
            writer.WriteBoolean("stream"u8, true);
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"rpc","u":…,"cmds":[…],
    /// ["refs":"explicit",]["timeout_ms":n,]["return_intermediate_results":true,]…}</code></summary>
    public static byte[] Graph(long u, CallGraph graph)
    {
        var writer = MessageWriter.Begin("rpc"u8, u);
        writer.WriteStartArray("cmds"u8);
        foreach (var command in graph.Commands)
            WriteCommand(writer, command.Name, command.Call);
        writer.WriteEndArray();
        if (graph.ExplicitReferences)
            writer.WriteString("refs"u8, "explicit"u8);
        WriteTimeout(writer, graph.Timeout);
        if (graph.ReturnIntermediateResults)
            writer.WriteBoolean("return_intermediate_results"u8, true);
        if (graph.IncludeSummary)
            writer.WriteBoolean("include_execution_summary"u8, true);
        writer.WriteText("intermediate_result_callback_topic"u8, graph.IntermediateTopic);
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"rpc-cancel","u":…}</code></summary>
    public static byte[] Cancel(long u) => MessageWriter.End(MessageWriter.Begin("rpc-cancel"u8, u));

    /// <summary><code>{"role":"rpc-register","u":…,"function":{"fun":…,"locs":[…],"priority":n,"concurrency":n,"description":…,
    /// "parameters":[…],"version":…}}</code></summary>
    public static byte[] Register(long u, FunctionOffer offer)
    {
        var writer = MessageWriter.Begin("rpc-register"u8, u);
        writer.WriteStartObject("function"u8);
        writer.WriteString("fun"u8, offer.Function);
        writer.WriteStrings("locs"u8, offer.Locs);
        writer.WriteNumber("priority"u8, offer.Priority);
        if (offer.ConcurrencyMax is { } concurrency)
            writer.WriteNumber("concurrency"u8, concurrency);
        writer.WriteString("description"u8, offer.Description);
        writer.WriteStrings("parameters"u8, offer.Parameters);
        writer.WriteString("version"u8, offer.Version);
        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"rpc-unregister","u":…,"fun":…}</code></summary>
    public static byte[] Unregister(long u, string function)
    {
        var writer = MessageWriter.Begin("rpc-unregister"u8, u);
        writer.WriteString("fun"u8, function);
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"rpc-result","u":…,"result":…} | {"role":"rpc-result","u":…,"error":{"code":n,"message":…,
    /// "details":…}}</code></summary>
    public static byte[] Result(string callId, CallReply reply)
    {
        var writer = MessageWriter.Begin("rpc-result"u8);
        writer.WriteString("u"u8, callId);
        if (reply.Error == ErrorCode.None)
        {
            writer.WritePropertyName("result"u8);
            writer.WriteValue(reply.Result);
            return MessageWriter.End(writer);
        }

        writer.WriteStartObject("error"u8);
        writer.WriteNumber("code"u8, (int)reply.Error);
        writer.WriteString("message"u8, reply.Message ?? reply.Error.ToString());
        writer.WriteText("details"u8, reply.Details);
        writer.WriteEndObject();
        return MessageWriter.End(writer);
    }

    /// <summary><code>{"role":"rpc-progress","u":…,"value":…}</code></summary>
    public static byte[] Progress(string callId, Value item)
    {
        var writer = MessageWriter.Begin("rpc-progress"u8);
        writer.WriteString("u"u8, callId);
        writer.WritePropertyName("value"u8);
        writer.WriteValue(item);
        return MessageWriter.End(writer);
    }

    private static void WriteCommand(Utf8JsonWriter writer, string name, FunctionCall call)
    {
        writer.WriteStartObject();
        writer.WriteString("name"u8, name);
        writer.WriteString("fun"u8, call.Function);
        if (!call.Arguments.IsNone)
        {
            writer.WritePropertyName("args"u8);
            writer.WriteValue(call.Arguments);
        }

        if (!call.Keywords.IsNone)
        {
            writer.WritePropertyName("kwargs"u8);
            writer.WriteValue(call.Keywords);
        }

        if (!call.Locs.IsEmpty)
            writer.WriteStrings("locs"u8, call.Locs);
        if (!call.Target.IsNone)
            writer.WriteString("target"u8, call.Target.Text);
        WriteTimeout(writer, call.Timeout);
        writer.WriteEndObject();
    }

    private static void WriteTimeout(Utf8JsonWriter writer, TimeSpan? timeout)
    {
        if (timeout is { } time)
            writer.WriteNumber("timeout_ms"u8, (long)Math.Ceiling(time.TotalMilliseconds));
    }
}
