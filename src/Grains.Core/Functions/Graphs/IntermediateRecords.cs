using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;

namespace Grains.Functions;

/// <summary>The JSON form of the record of one level of a graph, as it is published and as the native protocol answers it.</summary>
public static class IntermediateRecords
{
    private const int MessageIdCharsMax = 255;

    private static readonly Value Headers = Value.Json("""{"event":"rpc.intermediate_result"}""");

    /// <summary>The message that tells of a record: id <c>rpc_intermediate_REQUEST_LEVEL</c>, published by <c>grains</c>. A request with a
    /// long id leaves the message's to the engine.</summary>
    public static TopicMessage ToMessage(string topic, IntermediateResult record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
            Write(writer, record);
        var id = $"rpc_intermediate_{record.RequestId}_{record.LevelIndex}";
        return new TopicMessage(topic, Value.Json(buffer.WrittenMemory))
        {
            MessageId = id.Length <= MessageIdCharsMax ? id : null,
            Publisher = "grains",
            Headers = Headers,
        };
    }

    /// <summary>Writes the object <c>{"request_id","level_index","level_results","accumulated_results","total_levels",
    /// "completed_levels","timestamp","execution_time_ms"}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, IntermediateResult record)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(record);
        writer.WriteStartObject();
        writer.WriteString("request_id"u8, record.RequestId);
        writer.WriteNumber("level_index"u8, record.LevelIndex);
        WriteResults(writer, "level_results"u8, record.LevelResults);
        WriteResults(writer, "accumulated_results"u8, record.AccumulatedResults);
        writer.WriteNumber("total_levels"u8, record.TotalLevels);
        writer.WriteNumber("completed_levels"u8, record.CompletedLevels);
        writer.WriteNumber("timestamp"u8, record.Timestamp);
        writer.WriteNumber("execution_time_ms"u8, record.ExecutionTimeMs);
        writer.WriteEndObject();
    }

    private static void WriteResults(Utf8JsonWriter writer, ReadOnlySpan<byte> name, ImmutableArray<KeyValuePair<string, Value>> results)
    {
        writer.WriteStartObject(name);
        foreach (var (command, value) in results)
        {
            writer.WritePropertyName(command);
            writer.WriteRawValue(GraphReferences.ToJson(value).Bytes.Span, skipInputValidation: true);
        }

        writer.WriteEndObject();
    }
}
