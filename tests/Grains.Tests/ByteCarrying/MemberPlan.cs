using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Grains.Tests.ByteCarrying;

/// <summary>
/// How an object of a data type is taken apart and made again: the public constructor with the most parameters that all name
/// properties of their types, then every other public property with a public <c>init</c> or <c>set</c>.
/// What it does not reach cannot cross; <see cref="CarriedDataTests"/> finds that.
/// </summary>
internal sealed class MemberPlan
{
    private static readonly ConcurrentDictionary<Type, MemberPlan> Plans = new();

    private readonly Type _type;
    private readonly ConstructorInfo? _constructor;
    private readonly int _parameterCount;

    private MemberPlan(Type type)
    {
        _type = type;
        var properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0).ToArray();
        _constructor = type.GetConstructors()
            .Where(c => c.GetParameters().All(p => PropertyOf(properties, p) is not null))
            .MaxBy(c => c.GetParameters().Length);
        if (_constructor is null && !type.IsValueType)
            throw new NotSupportedException($"{type} has no public constructor whose parameters are its properties.");
        PropertyInfo[] first = [.. (_constructor?.GetParameters() ?? []).Select(p => PropertyOf(properties, p)!)];
        _parameterCount = first.Length;
        Members = [.. first, .. properties.Except(first).Where(p => p.GetSetMethod() is not null)];
    }

    public ImmutableArray<PropertyInfo> Members { get; }

    public static MemberPlan Of(Type type) => Plans.GetOrAdd(type, static t => new MemberPlan(t));

    /// <summary>Makes an object of values in the order of <see cref="Members"/>.</summary>
    public object Make(object?[] values)
    {
        var made = _constructor?.Invoke(values[.._parameterCount]) ?? RuntimeHelpers.GetUninitializedObject(_type);
        for (var i = _parameterCount; i < values.Length; i++)
            Members[i].SetValue(made, values[i]);
        return made;
    }

    private static PropertyInfo? PropertyOf(PropertyInfo[] properties, ParameterInfo parameter) => properties.FirstOrDefault(p =>
        p.PropertyType == parameter.ParameterType && string.Equals(p.Name, parameter.Name, StringComparison.OrdinalIgnoreCase));
}
