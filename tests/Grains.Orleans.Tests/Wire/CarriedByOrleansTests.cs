using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Grains.Cache;
using Grains.Tests.ByteCarrying;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Session;

namespace Grains.Orleans.Tests.Wire;

/// <summary>Everything that a port carries survives the way to another silo.</summary>
public sealed class CarriedByOrleansTests
{
    public static TheoryData<string> TypeNames => [.. WireData.Types.Keys];

    public static TheoryData<string> DataNames => [.. WireData.Types.Where(t => !t.Value.IsEnum).Select(t => t.Key)];

    public static TheoryData<string> ClassNames => [.. WireData.Types.Where(t => !t.Value.IsValueType).Select(t => t.Key)];

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void Every_member_survives_and_nothing_is_shared(string typeName)
    {
        var original = new SampleData().Of(WireData.Types[typeName]);

        var carried = WireData.Invoke(nameof(WireData.Carry), original.GetType(), original);

        Assert.Null(DataComparison.Fault(original, carried, typeName, mustBePopulated: !original.GetType().IsEnum));
    }

    /// <summary>An enum that is not announced comes as its number: no port has one.</summary>
    [Theory]
    [MemberData(nameof(DataNames))]
    public void Every_member_survives_where_the_type_is_not_announced(string typeName)
    {
        var original = new SampleData().Of(WireData.Types[typeName]);

        Assert.Null(DataComparison.Fault(original, WireData.Carry(original), typeName, mustBePopulated: true));
    }

    /// <summary>Usual values are left out, so they are what has to be found again.</summary>
    [Theory]
    [MemberData(nameof(TypeNames))]
    public void What_is_made_with_as_little_as_possible_survives(string typeName)
    {
        var original = Bare(WireData.Types[typeName]);

        var carried = WireData.Invoke(nameof(WireData.Carry), original.GetType(), original);

        Assert.Equal(BytesOf(original.GetType(), original), BytesOf(original.GetType(), carried));
    }

    [Theory]
    [MemberData(nameof(ClassNames))]
    public void A_null_stays_null(string typeName) => Assert.Null(WireData.Invoke(nameof(WireData.Carry), WireData.Types[typeName], null));

    [Theory]
    [MemberData(nameof(DataNames))]
    public void Every_type_has_a_number(string typeName) =>
        Assert.True(WireData.Services.GetRequiredService<WellKnownTypeCollection>().TryGetWellKnownTypeId(WireData.Types[typeName], out _));

    [Fact]
    public void What_looks_like_nothing_and_is_something_survives()
    {
        var command = WireData.Carry(
            new CacheCommand("put") { IfRevision = 0, Ttl = TimeSpan.Zero, OpId = "", Value = Value.Text(""), CreateIfMissing = false });
        Assert.Equal((0L, TimeSpan.Zero, "", false), (command.IfRevision, command.Ttl, command.OpId, command.CreateIfMissing));
        Assert.Equal(Value.Text(""), command.Value);
        Assert.Equal(double.NegativeZero, WireData.Carry(new ScoredValue(Value.Null, double.NegativeZero)).Score);
        Assert.True(double.IsNegative(WireData.Carry(new ScoredValue(Value.Null, double.NegativeZero)).Score));
        Assert.Equal(0, WireData.Carry(new EntryMetadata { QualityScore = 0 }).QualityScore);
        Assert.Equal(new Expiry(0, 0, false), WireData.Carry(new EntrySnapshot { Expiry = default }).Expiry);
        Assert.Equal("", WireData.Carry(new NamespaceCommand("list", "") { Pattern = "" }).Pattern);
        Assert.False(WireData.Carry(new NamespaceCommand("configure", "n") { PublishChanges = false }).PublishChanges);
        Assert.Equal(SlowReaderRule.Lag, WireData.Carry(new SubscribeCommand("s", []) { Rule = SlowReaderRule.Lag }).Rule);
        Assert.Equal("", WireData.Carry(new ConnectionId("")).Text);
        Assert.Null(WireData.Carry(default(ConnectionId)).Text);
        Assert.Equal(TimeSpan.Zero, WireData.Carry(new TopicRetention { AgeMax = TimeSpan.Zero }).AgeMax);
    }

    [Fact]
    public void Kinds_of_values_stay_apart()
    {
        foreach (var value in new[] { Value.None, Value.Null, Value.Json("{\"a\":1.0}"), Value.Text("{}"), Value.FromBytes(new byte[100_000]) })
            Assert.Equal(value, WireData.Carry(value));
    }

    [Fact]
    public void A_value_that_was_read_holds_no_more_memory_than_its_own()
    {
        var bytes = WireData.Write(new TopicMessage("t", Value.Text("hello")) { MessageId = "1" });

        var payload = WireData.Read<TopicMessage>(bytes).Payload;
        Array.Clear(bytes);

        Assert.Equal(Value.Text("hello"), payload);
        Assert.True(MemoryMarshal.TryGetArray(payload.Bytes, out var segment));
        Assert.Equal(5, segment.Array!.Length);
    }

    [Fact]
    public void A_list_of_data_survives()
    {
        var infos = new SampleData().ArrayOf<FunctionInfo>();

        Assert.Null(DataComparison.Fault(infos, WireData.Carry<object>(infos), "infos", mustBePopulated: true));
    }

    /// <summary>One record for many subscriptions is written once.</summary>
    [Fact]
    public void A_record_that_is_there_twice_is_one_record_again()
    {
        var record = new TopicRecord(1, 2, new TopicMessage("t", Value.Text(new string('x', 1000))));

        var bytes = WireData.Write(new[] { new Delivery("t", 1, record), new Delivery("t", 1, record) });
        var carried = WireData.Read<Delivery[]>(bytes);

        Assert.Same(carried[0].Record, carried[1].Record);
        Assert.InRange(bytes.Length, 1000, 1100);
    }

    [Fact]
    public void A_key_arrives_without_the_engines_handle()
    {
        var key = new CacheKey("users", "7") { EngineHandle = new object() };

        var carried = WireData.Carry(key);

        Assert.Equal(key, carried);
        Assert.Null(carried.EngineHandle);
    }

    /// <summary>Measured without Orleans' own headers. These messages are the most frequent ones: whoever makes them longer should know.</summary>
    [Fact]
    public void Frequent_messages_are_short()
    {
        var key = new CacheKey("users", "42");
        const long Now = 1_750_000_000_000_000;
        var entry = new EntryInfo { CreatedAtUs = Now, LastAccessAtUs = Now + 5, AccessCount = 12, SizeBytes = 100 };
        var value = Value.Text(new string('x', 100));
        var reply = new CacheReply { Value = value, Existed = true, Revision = 7, OldRevision = 7, Entry = entry };
        var record = new TopicRecord(1000, Now, new TopicMessage("room.1", value) { MessageId = "0123456789abcdef", Timestamp = 1_750_000_000.25 });

        int[] sizes =
        [
            WireData.Write(key).Length, WireData.Write(CacheCommand.Get).Length, WireData.Write(reply).Length, WireData.Write(record).Length,
        ];

        Assert.Equal([13, 7, 136, 154], sizes);
    }

    private static object Bare(Type type)
    {
        if (type.IsValueType)
            return Activator.CreateInstance(type)!;
        var constructor = type.GetConstructors().MinBy(c => c.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(p => new SampleData().Of(p.ParameterType))]);
    }

    private static byte[] BytesOf(Type type, object? value) =>
        (byte[])typeof(Bytes).GetMethod(nameof(Bytes.Write))!.MakeGenericMethod(type).Invoke(null, [value])!;
}
