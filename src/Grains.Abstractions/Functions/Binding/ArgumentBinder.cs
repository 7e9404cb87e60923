using System.Collections.Immutable;
using System.Reflection;
using System.Text.Json;

namespace Grains.Functions.Binding;

/// <summary>Turns positional and keyword arguments into the values of a method's parameters.</summary>
internal sealed class ArgumentBinder
{
    private readonly Parameter[] _parameters;

    /// <exception cref="ArgumentException">A parameter is passed by reference.</exception>
    public ArgumentBinder(ReadOnlySpan<ParameterInfo> parameters)
    {
        _parameters = new Parameter[parameters.Length];
        for (var i = 0; i < parameters.Length; i++)
            _parameters[i] = new Parameter(parameters[i]);
        Names = [.. _parameters.Where(p => !p.IsSupplied).Select(p => p.Name)];
    }

    public ImmutableArray<string> Names { get; }

    /// <summary>Null when <paramref name="values"/> holds a value for each parameter; otherwise what does not fit, in words.</summary>
    public string? TryBind(Value arguments, Value keywords, ICallContext context, out object?[] values)
    {
        values = new object?[_parameters.Length];
        try
        {
            using var positional = Parse(arguments);
            using var named = Parse(keywords);
            return Kind(positional) is not (null or JsonValueKind.Array) ? "Arguments must be an array."
                : Kind(named) is not (null or JsonValueKind.Object) ? "Keyword arguments must be an object."
                : UnknownKeyword(named) ?? Fill(positional, named, context, values);
        }
        catch (JsonException exception)
        {
            return $"The arguments are not valid JSON: {exception.Message}";
        }
    }

    private string? Fill(JsonDocument? positional, JsonDocument? named, ICallContext context, object?[] values)
    {
        var given = positional?.RootElement.GetArrayLength() ?? 0;
        var used = 0;
        for (var i = 0; i < _parameters.Length; i++)
        {
            var parameter = _parameters[i];
            if (parameter.IsSupplied)
            {
                values[i] = parameter.Supply(context);
                continue;
            }

            var keyword = default(JsonElement);
            var hasKeyword = named is not null && named.RootElement.TryGetProperty(parameter.Name, out keyword);
            if (parameter.IsRest && !hasKeyword)
            {
                if (!parameter.TryReadRest(positional, used, given, out values[i], out var misfit))
                    return misfit;
                used = Math.Max(used, given);
                continue;
            }

            var isPositional = used < given;
            if (isPositional && hasKeyword)
                return $"Argument '{parameter.Name}' was given twice.";
            if (!isPositional && !hasKeyword)
            {
                if (!parameter.HasDefault)
                    return $"Argument '{parameter.Name}' is missing.";
                values[i] = parameter.Default;
                continue;
            }

            var element = isPositional ? positional!.RootElement[used++] : keyword;
            if (!parameter.TryRead(element, out values[i], out var reason))
                return reason;
        }

        return used < given ? $"{given} arguments were given; the function takes {Names.Length}." : null;
    }

    private string? UnknownKeyword(JsonDocument? named)
    {
        if (named is null)
            return null;
        foreach (var member in named.RootElement.EnumerateObject())
        {
            if (!Names.Contains(member.Name))
                return $"The function has no parameter '{member.Name}'.";
        }

        return null;
    }

    private static JsonDocument? Parse(Value value) => value.Kind == ValueKind.Json ? JsonDocument.Parse(value.Bytes) : null;

    private static JsonValueKind? Kind(JsonDocument? document) => document?.RootElement.ValueKind;
}
