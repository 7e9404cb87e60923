using System.Reflection;

namespace Grains.Tests.ByteCarrying;

public sealed class CarriedDataTests
{
    public static TheoryData<string> TypeNames => [.. PortTypes.All().Keys];

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void Every_member_of_a_port_type_survives_the_way_through_bytes_and_nothing_is_shared(string typeName)
    {
        var original = new SampleData().Of(PortTypes.All()[typeName]);

        Assert.Null(DataComparison.Fault(original, Carry(original), typeName, mustBePopulated: !original.GetType().IsEnum));
    }

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void An_empty_object_of_a_port_type_survives_the_way_through_bytes(string typeName)
    {
        var type = PortTypes.All()[typeName];
        if (!type.IsValueType)
            return;
        var original = Activator.CreateInstance(type)!;

        Assert.Null(DataComparison.Fault(original, Carry(original), typeName, mustBePopulated: false));
    }

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void A_null_of_a_port_type_stays_null(string typeName)
    {
        var type = PortTypes.All()[typeName];
        if (!type.IsValueType)
            Assert.Null(typeof(Bytes).GetMethod(nameof(Bytes.Carry))!.MakeGenericMethod(type).Invoke(null, [null]));
    }

    [Fact]
    public void The_ports_carry_what_they_are_known_to_carry() =>
        Assert.Superset(
            new HashSet<string> { "CacheKey", "CacheCommand", "EntryMetadata", "TopicRecord", "DeliveryBatch", "FunctionInfo", "ConnectionInfo", "Value" },
            PortTypes.All().Keys.ToHashSet());

    [Fact]
    public void A_key_arrives_without_the_engines_handle()
    {
        var handle = typeof(CacheKey).GetProperty("EngineHandle", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var key = new CacheKey("users", "7");
        handle.SetValue(key, new object());

        var carried = Bytes.Carry(key);

        Assert.Equal(key, carried);
        Assert.Null(handle.GetValue(carried));
    }

    [Fact]
    public void Kinds_of_values_stay_apart()
    {
        foreach (var value in new[] { Value.None, Value.Null, Value.Json("{\"a\":1.0}"), Value.Text("{}"), Value.FromBytes(new byte[] { 0, 255 }) })
            Assert.Equal(value, Bytes.Carry(value));
    }

    [Fact]
    public void A_type_that_is_not_plain_data_is_refused()
    {
        Assert.Throws<NotSupportedException>(() => Bytes.Carry<Action>(() => { }));
        Assert.Throws<NotSupportedException>(() => Bytes.Carry<Stream>(Stream.Null));
        Assert.Throws<NotSupportedException>(() => Bytes.Carry(CancellationToken.None));
        Assert.Throws<NotSupportedException>(() => Bytes.Carry<ICallContext>(null!));
        Assert.Throws<NotSupportedException>(() => Bytes.Carry(new object()));
    }

    [Fact]
    public void Bytes_left_over_are_an_error() =>
        Assert.Throws<InvalidDataException>(() => Bytes.Read<bool>([1, 0]));

    [Fact]
    public void A_member_that_does_not_survive_is_found()
    {
        var original = new SampleData().Of(typeof(Forgetful));

        Assert.Equal("it.Kept: not populated", DataComparison.Fault(original, Carry(original), "it", mustBePopulated: true));
    }

    private static object? Carry(object original) =>
        typeof(Bytes).GetMethod(nameof(Bytes.Carry))!.MakeGenericMethod(original.GetType()).Invoke(null, [original]);

    private sealed record Forgetful(string Name)
    {
        public int Kept { get; private set; }

        public void Keep(int value) => Kept = value;
    }
}
