using System.Collections;
using System.Reflection;

namespace Grains.Tests.ByteCarrying;

/// <summary>Compares two objects field by field, private ones too, and says where they differ, where they share an object and
/// where a field is still its default.</summary>
internal static class DataComparison
{
    /// <summary>Null when the copy has the same data and shares no object with the original; else the path and what is wrong.</summary>
    public static string? Fault(object? original, object? copy, string path, bool mustBePopulated)
    {
        if (original is null || copy is null)
            return ReferenceEquals(original, copy) && !mustBePopulated ? null : $"{path}: {original ?? "null"} became {copy ?? "null"}";
        var type = original.GetType();
        if (copy.GetType() != type)
            return $"{path}: {type} became {copy.GetType()}";
        if (!type.IsValueType && ReferenceEquals(original, copy))
            return $"{path}: the object is shared";
        if (IsLeaf(type))
            return LeafFault(original, copy, path, mustBePopulated);
        return Items(original) is { } items ? ItemsFault(items, Items(copy)!, path, mustBePopulated) : FieldsFault(original, copy, type, path, mustBePopulated);
    }

    private static bool IsLeaf(Type type) => type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(TimeSpan);

    private static string? LeafFault(object original, object copy, string path, bool mustBePopulated)
    {
        if (!original.Equals(copy))
            return $"{path}: {original} became {copy}";
        var type = original.GetType();
        return mustBePopulated && type.IsValueType && original.Equals(Activator.CreateInstance(type)) ? $"{path}: not populated" : null;
    }

    private static string? FieldsFault(object original, object copy, Type type, string path, bool mustBePopulated)
    {
        foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            var name = field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
            if (PortTypes.NodeLocal.Contains($"{type.Name}.{name}"))
                continue;
            if (Fault(field.GetValue(original), field.GetValue(copy), $"{path}.{name}", mustBePopulated) is { } fault)
                return fault;
        }

        return null;
    }

    /// <summary>The items of a container of the base class library, or null. Dictionaries come in order of their keys.</summary>
    private static object?[]? Items(object value)
    {
        var type = value.GetType();
        if (!type.IsGenericType || type.GetGenericTypeDefinition() == typeof(KeyValuePair<,>) || type.Namespace?.StartsWith("System", StringComparison.Ordinal) != true)
            return null;
        if (value is IDictionary dictionary)
            return [.. dictionary.Keys.Cast<object>().Order().SelectMany(k => new[] { k, dictionary[k] })];
        if (type.GetProperty("IsDefault")?.GetValue(value) is true)
            return [];
        return value is IEnumerable list ? [.. list.Cast<object?>()] : [.. ((IEnumerable)type.GetMethod("ToArray")!.Invoke(value, null)!).Cast<object?>()];
    }

    private static string? ItemsFault(object?[] originals, object?[] copies, string path, bool mustBePopulated)
    {
        if (originals.Length != copies.Length || (mustBePopulated && originals.Length == 0))
            return $"{path}: {originals.Length} items became {copies.Length}";
        // A byte within a payload may well be zero.
        return originals.Select((o, i) => Fault(o, copies[i], $"{path}[{i}]", mustBePopulated && o is not byte)).FirstOrDefault(f => f is not null);
    }
}
