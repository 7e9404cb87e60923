using System.Collections.Immutable;
using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>
/// What a caller and a provider are sent.
/// <code>
/// {"role":"rpc-response","r":{…},"error":null,"u":U,"intermediate_results":[…],"execution_summary":null}
/// {"role":"rpc-progress","u":U,"name":…,"seq":…,"value":…}
/// {"role":"rpc-invoke","u":CALL,"fun":…,"args":[…],"kwargs":{…},"caller":…,"deadline":…,"timeout_ms":…,"stream":…}
/// {"role":"rpc-cancel","u":CALL,"code":…}
/// </code>
/// </summary>
internal static class CallJson
{
    public static void WriteResponse(MessageWriter writer, ReadOnlySpan<byte> id, GraphReply reply)
    {
        if (reply.Error != ErrorCode.None)
        {
            NativeError.WriteRpcResponse(writer, id, reply.Error, reply.Message, reply.Details);
            return;
        }

        writer.Raw("{\"role\":\"rpc-response\",\"r\":"u8);
        WriteResults(writer, reply.Results);
        writer.Raw(",\"error\":null,\"u\":\""u8);
        writer.Raw(id);
        writer.Raw("\",\"intermediate_results\":["u8);
        for (var i = 0; i < reply.Intermediate.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            WriteIntermediate(writer, reply.Intermediate[i]);
        }

        writer.Raw("],\"execution_summary\":"u8);
        if (reply.Summary is { } summary)
            WriteSummary(writer, summary);
        else
            writer.Raw("null"u8);
        writer.Byte((byte)'}');
    }

    public static void WriteProgress(MessageWriter writer, ReadOnlySpan<byte> id, string command, int sequence, Value item)
    {
        writer.Raw("{\"role\":\"rpc-progress\",\"u\":\""u8);
        writer.Raw(id);
        writer.Raw("\",\"name\":"u8);
        writer.String(command);
        writer.Raw(",\"seq\":"u8);
        writer.Number((long)sequence);
        writer.Raw(",\"value\":"u8);
        writer.Value(item);
        writer.KindBeside("value"u8, item);
        writer.Byte((byte)'}');
    }

    public static void WriteInvoke(MessageWriter writer, Invocation invocation, long nowUs)
    {
        writer.Raw("{\"role\":\"rpc-invoke\",\"u\":"u8);
        writer.String(invocation.CallId);
        writer.Raw(",\"fun\":"u8);
        writer.String(invocation.Function);
        writer.Raw(",\"args\":"u8);
        writer.Raw(invocation.Arguments.IsNone ? "[]"u8 : invocation.Arguments.Bytes.Span);
        writer.Raw(",\"kwargs\":"u8);
        writer.Raw(invocation.Keywords.IsNone ? "{}"u8 : invocation.Keywords.Bytes.Span);
        writer.Raw(",\"caller\":"u8);
        writer.String(invocation.Caller.IsNone ? null : invocation.Caller.Text);
        writer.Raw(",\"deadline\":"u8);
        writer.Seconds(invocation.DeadlineAtUs);
        writer.Raw(",\"timeout_ms\":"u8);
        writer.Number(Math.Max(0, (invocation.DeadlineAtUs - nowUs) / 1_000));
        writer.Raw(",\"stream\":"u8);
        writer.Bool(invocation.Stream);
        writer.Byte((byte)'}');
    }

    public static void WriteCancel(MessageWriter writer, string callId, ErrorCode reason)
    {
        writer.Raw("{\"role\":\"rpc-cancel\",\"u\":"u8);
        writer.String(callId);
        writer.Raw(",\"code\":"u8);
        writer.Number((long)reason);
        writer.Byte((byte)'}');
    }

    private static void WriteResults(MessageWriter writer, ImmutableArray<KeyValuePair<string, Value>> results)
    {
        writer.Byte((byte)'{');
        for (var i = 0; i < results.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            writer.String(results[i].Key);
            writer.Byte((byte)':');
            writer.Value(results[i].Value);
        }

        writer.Byte((byte)'}');
    }

    private static void WriteIntermediate(MessageWriter writer, IntermediateResult record)
    {
        writer.Raw("{\"request_id\":"u8);
        writer.String(record.RequestId);
        writer.Raw(",\"level_index\":"u8);
        writer.Number((long)record.LevelIndex);
        writer.Raw(",\"level_results\":"u8);
        WriteResults(writer, record.LevelResults);
        writer.Raw(",\"accumulated_results\":"u8);
        WriteResults(writer, record.AccumulatedResults);
        writer.Raw(",\"total_levels\":"u8);
        writer.Number((long)record.TotalLevels);
        writer.Raw(",\"completed_levels\":"u8);
        writer.Number((long)record.CompletedLevels);
        writer.Raw(",\"timestamp\":"u8);
        writer.Number(record.Timestamp);
        writer.Raw(",\"execution_time_ms\":"u8);
        writer.Number(record.ExecutionTimeMs);
        writer.Byte((byte)'}');
    }

    private static void WriteSummary(MessageWriter writer, GraphSummary summary)
    {
        writer.Raw("{\"request_id\":"u8);
        writer.String(summary.RequestId);
        writer.Raw(",\"total_execution_time_ms\":"u8);
        writer.Number(summary.TotalExecutionTimeMs);
        writer.Raw(",\"total_levels\":"u8);
        writer.Number((long)summary.TotalLevels);
        writer.Raw(",\"level_execution_times\":["u8);
        for (var i = 0; i < summary.LevelExecutionTimesMs.Length; i++)
        {
            if (i > 0)
                writer.Byte((byte)',');
            writer.Number(summary.LevelExecutionTimesMs[i]);
        }

        writer.Raw("],\"bottleneck_level_index\":"u8);
        writer.Number((long)summary.BottleneckLevelIndex);
        writer.Raw(",\"average_level_time_ms\":"u8);
        writer.Number(summary.AverageLevelTimeMs);
        writer.Raw(",\"parallel_commands_executed\":"u8);
        writer.Number((long)summary.ParallelCommandsExecuted);
        writer.Raw(",\"cross_cluster_hops\":0}"u8);
    }
}
