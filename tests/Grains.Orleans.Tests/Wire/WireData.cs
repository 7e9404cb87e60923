using System.Collections.Immutable;
using Grains.Cache;
using Grains.Orleans.Wire;
using Grains.Tests.ByteCarrying;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Grains.Orleans.Tests.Wire;

/// <summary>Orleans' serializer as a silo has it, and every type that it has to carry.</summary>
internal static class WireData
{
    public static readonly ServiceProvider Services = new ServiceCollection()
        .AddSerializer(builder => builder.AddAssembly(typeof(ValueCodec).Assembly))
        .BuildServiceProvider();

    private static readonly Serializer Serializer = Services.GetRequiredService<Serializer>();

    private static readonly DeepCopier Copier = Services.GetRequiredService<DeepCopier>();

    /// <summary>What the ports carry, and a whole entry.</summary>
    public static readonly ImmutableSortedDictionary<string, Type> Types =
        PortTypes.All().Add(nameof(EntrySnapshot), typeof(EntrySnapshot)).Add(nameof(Expiry), typeof(Expiry));

    public static byte[] Write<T>(T value) => Serializer.SerializeToArray(value);

    public static T Read<T>(byte[] bytes) => Serializer.Deserialize<T>(bytes)!;

    public static T Carry<T>(T value) => Read<T>(Write(value));

    public static T Copy<T>(T value) => Copier.Copy(value)!;

    /// <summary>One of the methods above for a type that is known at run time.</summary>
    public static object? Invoke(string method, Type type, object? argument) =>
        typeof(WireData).GetMethod(method)!.MakeGenericMethod(type).Invoke(null, [argument]);
}
