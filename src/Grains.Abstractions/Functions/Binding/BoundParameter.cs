using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Grains.Functions.Binding;

/// <summary>One parameter of a delegate: its name and how JSON becomes its value.</summary>
internal sealed class BoundParameter
{
    private static readonly NullabilityInfoContext Nullability = new();

    private readonly JsonTypeInfo? _json;
    private readonly bool _refusesNull;

    /// <param name="named">The parameter that has the name: of the method behind the delegate.</param>
    /// <param name="typed">The same parameter of the delegate type's Invoke, which decides the type.</param>
    public BoundParameter(ParameterInfo named, ParameterInfo typed)
    {
        Name = named.Name ?? typed.Name ?? $"argument {typed.Position}";
        Type = typed.ParameterType;
        Supplied = Type == typeof(CancellationToken) ? SuppliedKind.Token
            : Type == typeof(ICallContext) ? SuppliedKind.Context : SuppliedKind.None;
        IsRest = (IsParams(named) || IsParams(typed)) && Type.IsArray;
        ItemType = IsRest ? Type.GetElementType()! : Type;
        if (Supplied != SuppliedKind.None)
            return;

        var isNullableStruct = Nullable.GetUnderlyingType(ItemType) is not null;
        _json = ItemType == typeof(Value) || ItemType == typeof(Value?) ? null : JsonSerializerOptions.Web.GetTypeInfo(ItemType);
        _refusesNull = !IsRest && (ItemType.IsValueType ? !isNullableStruct : IsNotNull(named));
        if (IsRest)
            (HasDefault, Default) = (true, Array.CreateInstance(ItemType, 0));
        else if (named.HasDefaultValue)
            (HasDefault, Default) = (true, DefaultOf(named));
        else if (typed.HasDefaultValue)
            (HasDefault, Default) = (true, DefaultOf(typed));
        else
            HasDefault = isNullableStruct || (!ItemType.IsValueType && IsNullable(named));
    }

    public string Name { get; }

    public Type Type { get; }

    /// <summary>The type of one argument: of the items when this takes all the rest.</summary>
    public Type ItemType { get; }

    public SuppliedKind Supplied { get; }

    /// <summary>A <c>params</c> array.</summary>
    public bool IsRest { get; }

    public bool HasDefault { get; }

    public object? Default { get; }

    /// <returns>False when the JSON does not fit; then <paramref name="wanted"/> says what does.</returns>
    public bool TryRead(Value json, out object? value, out string wanted)
    {
        wanted = "";
        value = null;
        if (_json is null)
        {
            value = json;
            return true;
        }

        if (json.IsNull && _refusesNull)
        {
            wanted = JsonForm.Of(_json) + ", not null";
            return false;
        }

        try
        {
            value = JsonSerializer.Deserialize(json.Bytes.Span, _json);
            return true;
        }
        catch (JsonException e)
        {
            wanted = JsonForm.Of(_json); // the exception's own message names .NET types
            if (e.Path is { Length: > 1 } path)
                wanted += $"; what is at {path} does not fit";
            return false;
        }
    }

    private static bool IsParams(ParameterInfo parameter) => parameter.IsDefined(typeof(ParamArrayAttribute), inherit: false);

    private static object? DefaultOf(ParameterInfo parameter) =>
        parameter.DefaultValue is null && parameter.ParameterType.IsValueType
            && Nullable.GetUnderlyingType(parameter.ParameterType) is null
            ? Activator.CreateInstance(parameter.ParameterType)
            : EnumOrSelf(parameter);

    private static object? EnumOrSelf(ParameterInfo parameter)
    {
        var type = Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType;
        return parameter.DefaultValue is { } value && type.IsEnum ? Enum.ToObject(type, value) : parameter.DefaultValue;
    }

    private static bool IsNotNull(ParameterInfo parameter) => StateOf(parameter) == NullabilityState.NotNull;

    private static bool IsNullable(ParameterInfo parameter) => StateOf(parameter) == NullabilityState.Nullable;

    private static NullabilityState StateOf(ParameterInfo parameter)
    {
        lock (Nullability) // the context is a cache that is not safe for threads
            return Nullability.Create(parameter).WriteState;
    }
}

/// <summary>What a parameter gets from the server rather than from the caller.</summary>
internal enum SuppliedKind : byte
{
    None,
    Token,
    Context,
}
