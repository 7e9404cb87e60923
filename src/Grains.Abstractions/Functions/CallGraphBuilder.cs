using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Grains;

/// <summary>
/// Builds a graph of calls whose references are explicit, so that no string is mistaken for one:
/// <c>var a = graph.Call("a", "load", 7); graph.Call("b", "resize", a.At("image"));</c>
/// A command starts as soon as everything it refers to is done.
/// </summary>
public sealed class CallGraphBuilder
{
    /// <summary>JSON of arguments: web naming, <see cref="Value"/>s as they are.</summary>
    internal static readonly JsonSerializerOptions ArgumentOptions = new(JsonSerializerOptions.Web) { Converters = { new ValueConverter() } };

    private readonly ImmutableArray<GraphCommand>.Builder _commands = ImmutableArray.CreateBuilder<GraphCommand>();

    /// <summary>Adds a command with positional arguments; a <see cref="GraphReference"/> stands for another command's result.</summary>
    /// <returns>The reference to its result.</returns>
    public GraphReference Call(string name, string function, params object?[] arguments) =>
        Call(name, new FunctionCall(function) { Arguments = Value.From(arguments ?? [null], ArgumentOptions) });

    /// <summary>Adds a command with keyword arguments, the members of an object.</summary>
    /// <returns>The reference to its result.</returns>
    public GraphReference CallWith(string name, string function, object keywords) =>
        Call(name, new FunctionCall(function) { Keywords = Value.From(keywords, ArgumentOptions) });

    /// <summary>Adds a command that has been described.</summary>
    /// <returns>The reference to its result.</returns>
    public GraphReference Call(string name, FunctionCall call)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(call);
        _commands.Add(new GraphCommand(name, call));
        return new GraphReference(name);
    }

    public CallGraph Build() => new(_commands.ToImmutable()) { ExplicitReferences = true };

    private sealed class ValueConverter : JsonConverter<Value>
    {
        public override Value Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            using var document = JsonDocument.ParseValue(ref reader);
            return Value.Json(document.RootElement.GetRawText());
        }

        public override void Write(Utf8JsonWriter writer, Value value, JsonSerializerOptions options)
        {
            switch (value.Kind)
            {
                case ValueKind.Json:
                    writer.WriteRawValue(value.Bytes.Span, skipInputValidation: true);
                    break;
                case ValueKind.Text:
                    writer.WriteStringValue(value.Bytes.Span);
                    break;
                case ValueKind.Bytes:
                    writer.WriteBase64StringValue(value.Bytes.Span);
                    break;
                default:
                    writer.WriteNullValue();
                    break;
            }
        }
    }
}
