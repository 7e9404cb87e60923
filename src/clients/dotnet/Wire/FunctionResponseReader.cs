using System.Collections.Immutable;

namespace Grains.Client.Wire;

/// <summary>A call that the server asks this client to run.</summary>
internal sealed record InvokeMessage(
    string CallId, string Function, Value Arguments, Value Keywords, ConnectionId Caller, TimeSpan Timeout, bool Stream);

/// <summary>Reads messages about calls; each method is headed by the message it reads.</summary>
internal static class FunctionResponseReader
{
    /// <summary><code>{"role":"rpc-response","r":{name:…},"error":null|{…},"u":…,"intermediate_results":[…],
    /// "execution_summary":null|{…}}</code></summary>
    public static GraphReply Response(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var reply = new GraphReply();
        while (reader.Next())
        {
            if (reader.Is("r"u8))
                reply = reply with { Results = Members(reader.Raw) };
            else if (reader.Is("error"u8))
                reply = WithError(reply, WireError.Read(reader.Raw));
            else if (reader.Is("intermediate_results"u8))
                reply = reply with { Intermediate = [.. JsonScalar.Elements(reader.Raw).Select(Intermediate)] };
            else if (reader.Is("execution_summary"u8) && !reader.IsNull)
                reply = reply with { Summary = Summary(reader.Raw) };
        }

        return reply;
    }

    /// <summary>The answer to a single call.</summary>
    public static CallReply SingleResponse(ReadOnlyMemory<byte> message)
    {
        var reply = Response(message);
        return reply.Error != ErrorCode.None ? CallReply.Fail(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details)
            : CallReply.Ok(reply.Results.IsEmpty ? Value.Null : reply.Results[0].Value);
    }

    /// <summary><code>{"role":"rpc-progress","u":…,"name":…,"seq":n,"value":…,["value_kind":…]}</code></summary>
    public static Value Progress(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        ReadOnlyMemory<byte> value = default;
        string? kind = null;
        while (reader.Next())
        {
            if (reader.Is("value"u8))
                value = reader.Raw;
            else if (reader.Is("value_kind"u8))
                kind = reader.Text();
        }

        return JsonScalar.ValueOf(value, kind);
    }

    /// <summary><code>{"role":"rpc-ack","operation_id":…,"success":b,"error":null|text|{…},["code":n]}</code></summary>
    public static WireError Acknowledged(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        var success = false;
        WireError error = default;
        var code = ErrorCode.None;
        while (reader.Next())
        {
            if (reader.Is("success"u8))
                success = reader.IsTrue();
            else if (reader.Is("error"u8))
                error = WireError.Read(reader.Raw);
            else if (reader.Is("code"u8))
                code = (ErrorCode)(reader.Int64() ?? 0);
        }

        return success ? default
            : code != ErrorCode.None ? error with { Code = code }
            : error.Code == ErrorCode.None ? error with { Code = ErrorCode.NotFound } : error;
    }

    /// <summary><code>{"role":"rpc-invoke","u":…,"fun":…,"args":[…],"kwargs":{…},"caller":…,"deadline":t,"timeout_ms":n,
    /// "stream":b}</code></summary>
    public static InvokeMessage Invoke(ReadOnlyMemory<byte> message)
    {
        var reader = new JsonObjectReader(message);
        string callId = "", function = "", caller = "";
        Value arguments = default, keywords = default;
        var stream = false;
        var timeout = TimeSpan.FromSeconds(30);
        while (reader.Next())
        {
            if (reader.Is("u"u8))
                callId = reader.Text() ?? "";
            else if (reader.Is("fun"u8))
                function = reader.Text() ?? "";
            else if (reader.Is("args"u8))
                arguments = Value.Json(reader.Raw);
            else if (reader.Is("kwargs"u8))
                keywords = Value.Json(reader.Raw);
            else if (reader.Is("caller"u8))
                caller = reader.Text() ?? "";
            else if (reader.Is("timeout_ms"u8))
                timeout = TimeSpan.FromMilliseconds(Math.Clamp(reader.Number() ?? 0, 0, int.MaxValue - 1));
            else if (reader.Is("stream"u8))
                stream = reader.IsTrue();
        }

        return new InvokeMessage(callId, function, arguments, keywords, caller.Length == 0 ? default : new ConnectionId(caller), timeout, stream);
    }

    /// <summary>The members of an object in their order.</summary>
    public static ImmutableArray<KeyValuePair<string, Value>> Members(ReadOnlyMemory<byte> raw)
    {
        if (raw.IsEmpty || raw.Span[0] != (byte)'{')
            return [];
        var members = ImmutableArray.CreateBuilder<KeyValuePair<string, Value>>();
        var reader = new JsonObjectReader(raw);
        while (reader.Next())
            members.Add(new(System.Text.Encoding.UTF8.GetString(reader.Name), Value.Json(reader.Raw)));
        return members.ToImmutable();
    }

    private static GraphReply WithError(GraphReply reply, WireError error) =>
        reply with { Error = error.Code, Message = error.Message, Details = error.Details };

    private static IntermediateResult Intermediate(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var result = new IntermediateResult("", 0, [], [], 0, 0, 0, 0);
        while (reader.Next())
        {
            if (reader.Is("request_id"u8))
                result = result with { RequestId = reader.Text() ?? "" };
            else if (reader.Is("level_index"u8))
                result = result with { LevelIndex = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("level_results"u8))
                result = result with { LevelResults = Members(reader.Raw) };
            else if (reader.Is("accumulated_results"u8))
                result = result with { AccumulatedResults = Members(reader.Raw) };
            else if (reader.Is("total_levels"u8))
                result = result with { TotalLevels = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("completed_levels"u8))
                result = result with { CompletedLevels = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("timestamp"u8))
                result = result with { Timestamp = reader.Number() ?? 0 };
            else if (reader.Is("execution_time_ms"u8))
                result = result with { ExecutionTimeMs = reader.Number() ?? 0 };
        }

        return result;
    }

    private static GraphSummary Summary(ReadOnlyMemory<byte> raw)
    {
        var reader = new JsonObjectReader(raw);
        var summary = new GraphSummary("", 0, 0, [], 0, 0, 0);
        while (reader.Next())
        {
            if (reader.Is("request_id"u8))
                summary = summary with { RequestId = reader.Text() ?? "" };
            else if (reader.Is("total_execution_time_ms"u8))
                summary = summary with { TotalExecutionTimeMs = reader.Number() ?? 0 };
            else if (reader.Is("total_levels"u8))
                summary = summary with { TotalLevels = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("level_execution_times"u8))
                summary = summary with { LevelExecutionTimesMs = [.. JsonScalar.Elements(reader.Raw).Select(e => JsonScalar.Number(e) ?? 0)] };
            else if (reader.Is("bottleneck_level_index"u8))
                summary = summary with { BottleneckLevelIndex = (int)(reader.Int64() ?? 0) };
            else if (reader.Is("average_level_time_ms"u8))
                summary = summary with { AverageLevelTimeMs = reader.Number() ?? 0 };
            else if (reader.Is("parallel_commands_executed"u8))
                summary = summary with { ParallelCommandsExecuted = (int)(reader.Int64() ?? 0) };
        }

        return summary;
    }
}
