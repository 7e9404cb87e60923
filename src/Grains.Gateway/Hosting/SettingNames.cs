using System.Collections;
using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Grains.Gateway.Hosting;

/// <summary>Looks at a section before it is read: each name that no setting has, and each value of another kind, is an error in the words of
/// whoever set it.</summary>
internal static class SettingNames
{
    /// <param name="section">What is configured.</param>
    /// <param name="type">The options it is read into.</param>
    /// <param name="sections">Sections below it that belong to no property.</param>
    public static IEnumerable<string> Check(IConfigurationSection section, Type type, IReadOnlyDictionary<string, Type>? sections = null)
    {
        foreach (var child in section.GetChildren())
        {
            var known = sections?.GetValueOrDefault(child.Key)
                ?? type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)?.PropertyType;
            foreach (var error in known is null ? [$"{child.Path}: there is no such setting."] : CheckValue(child, known))
                yield return error;
        }
    }

    private static IEnumerable<string> CheckValue(IConfigurationSection section, Type type)
    {
        if (type == typeof(string) || !type.IsAssignableTo(typeof(IEnumerable)))
            return type.IsValueType || type == typeof(string) ? CheckLeaf(section, type) : Check(section, type);
        return [];
    }

    private static IEnumerable<string> CheckLeaf(IConfigurationSection section, Type type)
    {
        foreach (var child in section.GetChildren())
            yield return $"{child.Path}: there is no such setting.";
        if (section.Value is { } value && !IsValid(value, type))
            yield return $"{section.Path}: '{value}' is not {NameOf(type)}.";
    }

    private static bool IsValid(string value, Type type)
    {
        try
        {
            TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            return true;
        }
        catch (Exception error) when (error is FormatException or ArgumentException or NotSupportedException)
        {
            return false;
        }
    }

    private static string NameOf(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(TimeSpan) ? "a time such as 00:00:10"
        : type == typeof(int) || type == typeof(long) ? "a whole number that fits"
        : "a value of its kind";
}
