using System.Collections.Immutable;
using System.Reflection;
using System.Xml.Linq;
using Grains.Orleans.Tests.Wire;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Orleans.Runtime;
using Orleans.Serialization.Session;

namespace Grains.Orleans.Tests.Client;

/// <summary>What programs and silos of several releases say to each other is named and numbered, not derived from how the source is written.</summary>
public sealed class GrainInterfaceTests
{
    private static readonly Assembly Assembly = typeof(ISessionGrain).Assembly;

    private static readonly Type[] Interfaces = [.. Assembly.GetTypes().Where(type => type.IsInterface && typeof(IAddressable).IsAssignableFrom(type))];

    public static TheoryData<string> Names => [.. Interfaces.Select(type => type.Name)];

    public static TheoryData<string> DataNames => [.. Data().Select(type => type.FullName!)];

    [Fact]
    public void The_grains_that_programs_may_call_are_public() => Assert.Equal(
        [nameof(IClusterGrain), nameof(IFunctionGrain), nameof(IFunctionWorkerGrain), nameof(IKeyGrain), nameof(ISessionGrain), nameof(ITopicGrain)],
        Interfaces.Where(type => type.IsPublic && typeof(IGrain).IsAssignableFrom(type)).Select(type => type.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_interface_and_every_method_has_an_alias_of_its_own(string name)
    {
        var type = Of(name);
        Assert.Equal($"grains.{name}", type.GetCustomAttribute<AliasAttribute>()?.Alias);
        var aliases = type.GetMethods().Select(method => (method.Name, method.GetCustomAttribute<AliasAttribute>()?.Alias)).ToList();
        Assert.DoesNotContain(aliases, alias => string.IsNullOrEmpty(alias.Alias));
        Assert.Equal(aliases.Count, aliases.DistinctBy(alias => alias.Alias).Count());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_public_interface_and_every_method_of_it_says_what_it_is(string name)
    {
        var type = Of(name);
        var documents = XDocument.Load(Path.ChangeExtension(Assembly.Location, ".xml")).Descendants("member")
            .Where(member => member.Element("summary") is { } summary && !string.IsNullOrWhiteSpace(summary.Value))
            .Select(member => ((string)member.Attribute("name")!).Split('(')[0]).ToHashSet();
        Assert.Contains($"T:{type.FullName}", documents);
        if (type.IsPublic && typeof(IGrain).IsAssignableFrom(type))
            Assert.All(type.GetMethods(), method => Assert.Contains($"M:{type.FullName}.{method.Name}", documents));
    }

    /// <summary>Data of the ports has a number; what is this project's own names itself and numbers its members.</summary>
    [Theory]
    [MemberData(nameof(DataNames))]
    public void All_data_of_every_method_has_a_number_or_a_name_and_numbered_members(string name)
    {
        var type = Data().Single(type => type.FullName == name);
        if (WireData.Services.GetRequiredService<WellKnownTypeCollection>().TryGetWellKnownTypeId(type, out _) || type.IsEnum)
            return;
        Assert.NotNull(type.GetCustomAttribute<GenerateSerializerAttribute>());
        Assert.StartsWith("grains.", type.GetCustomAttribute<AliasAttribute>(inherit: false)?.Alias, StringComparison.Ordinal);
        Assert.True(type.IsDefined(typeof(ImmutableAttribute)) || typeof(Exception).IsAssignableFrom(type), "It would be copied within a silo.");
        var members = type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly).Where(property => property.CanWrite)
            .Select(property => property.GetCustomAttribute<IdAttribute>()?.Id).ToList();
        Assert.DoesNotContain(null, members);
        Assert.Equal(members.Count, members.Distinct().Count());
    }

    private static Type Of(string name) => Interfaces.Single(type => type.Name == name);

    /// <summary>Every type of Grains that a method takes or gives, and what is in those of this project.</summary>
    private static ImmutableSortedSet<Type> Data()
    {
        var found = ImmutableSortedSet.CreateBuilder(Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.FullName, b.FullName)));
        var open = new Queue<Type>(Interfaces.SelectMany(type => type.GetMethods())
            .SelectMany(method => method.GetParameters().Select(parameter => parameter.ParameterType).Append(method.ReturnType)));
        open.Enqueue(typeof(SessionEndedException));
        while (open.TryDequeue(out var type))
        {
            foreach (var argument in type.IsArray ? [type.GetElementType()!] : type.GetGenericArguments())
                open.Enqueue(argument);
            if (type.Namespace?.StartsWith("Grains", StringComparison.Ordinal) != true || type.IsGenericType || !found.Add(type) || type.Assembly != Assembly)
                continue;
            foreach (var property in type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly))
                open.Enqueue(property.PropertyType);
            foreach (var kind in Assembly.GetTypes().Where(kind => kind.BaseType == type))
                open.Enqueue(kind);
        }

        return found.ToImmutable();
    }
}
