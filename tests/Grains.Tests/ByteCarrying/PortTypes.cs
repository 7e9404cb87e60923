using System.Collections.Immutable;
using System.Reflection;
using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

/// <summary>Every data type that can cross a port, found from the ports' own methods and then from member to member.</summary>
internal static class PortTypes
{
    public static readonly ImmutableArray<Type> Ports =
        [typeof(IEngine), typeof(ICacheEngine), typeof(ITopicEngine), typeof(IFunctionEngine), typeof(IConnections)];

    /// <summary>State of one process on a data object: it does not cross and is not part of the object's identity.</summary>
    public static readonly ImmutableHashSet<string> NodeLocal = ["CacheKey.EngineHandle", "CacheKey.Json", "TopicRecord._encoded"];

    /// <summary>The methods of a port but for the getters of its parts.</summary>
    public static IEnumerable<MethodInfo> MethodsOf(Type port) => port.GetMethods().Where(m => !m.IsSpecialName && !IsHint(m));

    /// <summary>It is about threads of this process and says nothing.</summary>
    private static bool IsHint(MethodInfo method) => method.GetParameters().Any(p => p.ParameterType == typeof(IThreadPoolWorkItem));

    public static ImmutableSortedDictionary<string, Type> All()
    {
        var found = new Dictionary<string, Type>();
        foreach (var method in Ports.SelectMany(MethodsOf))
        {
            foreach (var parameter in method.GetParameters())
                Add(found, parameter.ParameterType);
            Add(found, method.ReturnType);
        }

        return found.ToImmutableSortedDictionary();
    }

    private static void Add(Dictionary<string, Type> found, Type type)
    {
        if (type.IsByRef)
            type = type.GetElementType()!;
        foreach (var argument in type.GetGenericArguments())
            Add(found, argument);
        if (type.Namespace?.StartsWith("Grains", StringComparison.Ordinal) != true || !found.TryAdd(type.Name, type) || type.IsEnum)
            return;
        foreach (var member in MemberPlan.Of(type).Members)
            Add(found, member.PropertyType);
    }
}
