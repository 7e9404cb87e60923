using System.Reflection;
using System.Runtime.InteropServices;
using Grains.Engine;
using Grains.Tests.ByteCarrying;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Invocation;

namespace Grains.Orleans.Tests.Wire;

/// <summary>Data is immutable, so a call that stays within a silo copies none of it.</summary>
public sealed class SharedDataTests
{
    public static TheoryData<string> TypeNames => [.. WireData.Types.Keys.Where(name => name != nameof(DeliveryBatch))];

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void Orleans_takes_the_type_for_one_that_needs_no_copy(string typeName)
    {
        var copier = WireData.Services.GetRequiredService<IDeepCopierProvider>().GetDeepCopier(WireData.Types[typeName]);

        Assert.True(Assert.IsAssignableFrom<IOptionalDeepCopier>(copier).IsShallowCopyable());
    }

    [Theory]
    [MemberData(nameof(TypeNames))]
    public void A_copy_is_the_same_object(string typeName)
    {
        var original = new SampleData().Of(WireData.Types[typeName]);

        Assert.True(IsShared(original, WireData.Invoke(nameof(WireData.Copy), original.GetType(), original)));
        Assert.True(IsShared(original, WireData.Copy(original)));
    }

    [Fact]
    public void A_list_of_data_is_shared()
    {
        var infos = new SampleData().ArrayOf<FunctionInfo>();

        Assert.Same(ImmutableCollectionsMarshal.AsArray(infos), ImmutableCollectionsMarshal.AsArray(WireData.Copy(infos)));
    }

    [Fact]
    public void An_answer_is_shared()
    {
        var reply = new CacheReply { Value = Value.Text("hello") };

        var copy = WireData.Copy<Response>(Response.FromResult(reply));

        Assert.True(IsShared(reply, copy.GetResult<CacheReply>()));
    }

    [Fact]
    public void A_batch_is_copied_because_its_memory_is_not_its_own_and_its_records_are_shared()
    {
        Delivery[] memory = [new("t", 1, new TopicRecord(1, 2, new TopicMessage("t", Value.Null)))];
        var record = memory[0].Record;

        var copy = WireData.Copy(new DeliveryBatch("s", memory));
        memory[0] = default;

        Assert.Equal("s", copy.SubscriptionId);
        Assert.Same(record, Assert.Single(copy.Items.ToArray()).Record);
    }

    /// <summary>The same object; for a struct the same objects in all its fields.</summary>
    private static bool IsShared(object? original, object? copy)
    {
        if (original is null || !original.GetType().IsValueType)
            return ReferenceEquals(original, copy);
        if (original.GetType().IsPrimitive)
            return original.Equals(copy);
        return original.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .All(f => IsShared(f.GetValue(original), f.GetValue(copy)));
    }
}
