using System.Reflection;
using System.Text.Json;

namespace Grains.Functions.Binding;

/// <summary>One parameter of a function: read from JSON, supplied by the call, or the rest of the positional arguments (<c>params</c>).</summary>
internal sealed class Parameter
{
    private readonly Type _type;

    public Parameter(ParameterInfo parameter)
    {
        _type = parameter.ParameterType;
        if (_type.IsByRef || _type.IsByRefLike || _type.IsPointer)
            throw new ArgumentException($"Parameter '{parameter.Name}' is passed by reference; a function's parameters come from JSON.");
        Name = parameter.Name ?? $"arg{parameter.Position}";
        HasDefault = parameter.HasDefaultValue;
        // A default struct's default value reads as null.
        Default = HasDefault ? parameter.DefaultValue ?? (_type.IsValueType ? Activator.CreateInstance(_type) : null) : null;
        IsRest = _type.IsArray && parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false);
    }

    public string Name { get; }

    public bool HasDefault { get; }

    public object? Default { get; }

    public bool IsRest { get; }

    public bool IsSupplied => _type == typeof(CancellationToken) || _type == typeof(ICallContext);

    public object Supply(ICallContext context) => _type == typeof(CancellationToken) ? context.Cancelled : context;

    public bool TryRead(JsonElement element, out object? value, out string? misfit) => TryRead(element, _type, out value, out misfit);

    /// <summary>Reads the positional arguments from <paramref name="from"/> on into an array.</summary>
    public bool TryReadRest(JsonDocument? positional, int from, int given, out object? value, out string? misfit)
    {
        var itemType = _type.GetElementType()!;
        var items = Array.CreateInstance(itemType, Math.Max(0, given - from));
        value = items;
        misfit = null;
        for (var i = from; i < given; i++)
        {
            if (!TryRead(positional!.RootElement[i], itemType, out var item, out misfit))
                return false;
            items.SetValue(item, i - from);
        }

        return true;
    }

    private bool TryRead(JsonElement element, Type type, out object? value, out string? misfit)
    {
        misfit = null;
        if (type == typeof(Value))
        {
            value = Value.Json(element.GetRawText());
            return true;
        }

        value = null;
        if (element.ValueKind == JsonValueKind.Null && type.IsValueType && Nullable.GetUnderlyingType(type) is null && type != typeof(JsonElement))
        {
            misfit = $"Argument '{Name}' must not be null.";
            return false;
        }

        try
        {
            // The document is gone when the function runs, so an element must own its bytes.
            value = type == typeof(JsonElement) || type == typeof(object) ? element.Clone() : element.Deserialize(type, JsonSerializerOptions.Web);
            return true;
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or FormatException)
        {
            misfit = $"Argument '{Name}' is no {type.Name}.";
            return false;
        }
    }
}
