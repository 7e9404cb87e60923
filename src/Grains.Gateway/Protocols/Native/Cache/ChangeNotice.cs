using System.Text.Json;

namespace Grains.Gateway.Protocols.Native.Cache;

/// <summary>The <c>notify_on_change</c> of a put: after it has succeeded a message goes to a topic, if a condition on the value holds.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Payload">What; none: the change event.</param>
/// <param name="Condition">An object of <c>member: {operator: operand}</c>, or of <c>member: value</c>; all must hold. None: always.</param>
internal sealed record ChangeNotice(string Topic, Value Payload, Value Condition)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = Connections.GatewayLimits.JsonDepthBound };

    /// <summary>What is wrong with a condition; null when nothing is.</summary>
    public static string? FaultOf(Value condition)
    {
        if (condition.IsNone)
            return null;
        try
        {
            return OperatorFaultOf(condition);
        }
        catch (InvalidOperationException)
        {
            return "The notification_condition has text that is no Unicode.";
        }
    }

    /// <summary>Whether the condition holds for a value that was put. Text with half a surrogate pair, which the JSON reader cannot
    /// give, meets no condition.</summary>
    public bool Holds(Value value)
    {
        if (Condition.IsNone)
            return true;
        try
        {
            return value.Kind == ValueKind.Json && AllHold(value);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? OperatorFaultOf(Value condition)
    {
        using var document = JsonDocument.Parse(condition.Bytes, Options);
        foreach (var member in document.RootElement.EnumerateObject())
        {
            foreach (var (name, operand) in Operators(member.Value))
            {
                if (name is not ("$lt" or "$gt" or "$eq" or "$ne" or "$in" or "$nin"))
                    return $"Unknown operator in notification_condition: {name}";
                if (name is "$in" or "$nin" && operand.ValueKind != JsonValueKind.Array)
                    return $"The operand of {name} must be an array.";
            }
        }

        return null;
    }

    private bool AllHold(Value value)
    {
        using var condition = JsonDocument.Parse(Condition.Bytes, Options);
        using var put = JsonDocument.Parse(value.Bytes, Options);
        foreach (var member in condition.RootElement.EnumerateObject())
        {
            JsonElement? actual = put.RootElement.ValueKind == JsonValueKind.Object && put.RootElement.TryGetProperty(member.Name, out var found)
                ? found
                : null;
            foreach (var (name, operand) in Operators(member.Value))
            {
                if (!Holds(name, actual, operand))
                    return false;
            }
        }

        return true;
    }

    private static IEnumerable<(string Name, JsonElement Operand)> Operators(JsonElement member)
    {
        if (member.ValueKind == JsonValueKind.Object && member.EnumerateObject().Any(static part => part.Name.StartsWith('$')))
            return member.EnumerateObject().Select(static part => (part.Name, part.Value));
        return [("$eq", member)];
    }

    private static bool Holds(string name, JsonElement? actual, JsonElement operand) => name switch
    {
        "$eq" => actual is { } value && JsonElement.DeepEquals(value, operand),
        "$ne" => actual is not { } value || !JsonElement.DeepEquals(value, operand),
        "$lt" => Compare(actual, operand) < 0,
        "$gt" => Compare(actual, operand) > 0,
        "$in" => actual is { } value && operand.EnumerateArray().Any(item => JsonElement.DeepEquals(value, item)),
        _ => actual is not { } value || !operand.EnumerateArray().Any(item => JsonElement.DeepEquals(value, item)),
    };

    /// <summary>Numbers by size, strings by code unit; anything else has no order, and neither operator holds.</summary>
    private static int? Compare(JsonElement? left, JsonElement right)
    {
        if (left is not { } value || value.ValueKind != right.ValueKind)
            return null;
        return value.ValueKind switch
        {
            JsonValueKind.Number when value.TryGetDecimal(out var a) && right.TryGetDecimal(out var b) => a.CompareTo(b),
            JsonValueKind.Number => value.GetDouble().CompareTo(right.GetDouble()),
            JsonValueKind.String => string.CompareOrdinal(value.GetString(), right.GetString()),
            _ => null,
        };
    }
}
