using System.Reflection;
using Grains.Engine;

namespace Grains.Tests.ByteCarrying;

public sealed class PortWrapperTests
{
    public static TheoryData<string, int> Methods
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var port in PortTypes.Ports)
            {
                for (var i = 0; i < PortTypes.MethodsOf(port).Count(); i++)
                    data.Add(port.Name, i);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Every_port_call_arrives_equal_but_as_new_objects_and_so_does_its_answer(string portName, int index)
    {
        var port = PortTypes.Ports.Single(p => p.Name == portName);
        var method = PortTypes.MethodsOf(port).ElementAt(index);
        var samples = new SampleData();
        object?[] arguments = [.. method.GetParameters().Select(p => samples.Of(p.ParameterType))];
        var resultType = ResultOf(method.ReturnType);
        var result = resultType is null ? null : samples.Of(resultType);
        var calls = 0;
        var inner = PortProxy.Make(port, (called, received) =>
        {
            if (called.IsSpecialName)
                return null;
            Assert.Equal(method, called);
            calls++;
            for (var i = 0; i < received.Length; i++)
                Assert.Null(DataComparison.Fault(arguments[i], received[i], $"{called.Name}({called.GetParameters()[i].Name})", mustBePopulated: true));
            return Answer(called.ReturnType, result);
        });

        var answer = await ResultOf(method.Invoke(Wrap(port, inner), BindingFlags.DoNotWrapExceptions, null, arguments, null));

        Assert.Equal(1, calls);
        Assert.Null(DataComparison.Fault(result, answer, method.Name, mustBePopulated: result is not null));
    }

    [Fact]
    public async Task Calls_that_the_inner_engine_ends_synchronously_end_synchronously()
    {
        var inner = PortProxy.Make(typeof(ICacheEngine), (_, _) => new ValueTask<CacheReply>(new CacheReply { Revision = 7 }));

        var answer = new ByteCarryingCache((ICacheEngine)inner).ExecuteAsync(("a", "b"), CacheCommand.Get).AsTask();

        Assert.True(answer.IsCompletedSuccessfully);
        Assert.Equal(7, (await answer).Revision);
    }

    [Fact]
    public void A_batch_that_is_kept_after_the_delivery_holds_nothing()
    {
        DeliveryBatch kept = default;
        var inner = PortProxy.Make(typeof(IConnections), (_, arguments) =>
        {
            kept = (DeliveryBatch)arguments[1]!;
            Assert.Equal("t", kept.Items.Span[0].Topic);
            return null;
        });

        new ByteCarryingConnections((IConnections)inner).Deliver(new("c"), new("s", new[] { new Delivery("t", 1, null) }));

        Assert.Equal(default, kept.Items.Span[0]);
    }

    private static object Wrap(Type port, object inner) => inner switch
    {
        IEngine engine => new ByteCarryingEngine((IConnections)PortProxy.Make(typeof(IConnections), (_, _) => null), _ => engine),
        ICacheEngine cache => new ByteCarryingCache(cache),
        ITopicEngine topics => new ByteCarryingTopics(topics),
        IFunctionEngine functions => new ByteCarryingFunctions(functions),
        IConnections connections => new ByteCarryingConnections(connections),
        _ => throw new NotSupportedException($"{port} has no wrapper."),
    };

    /// <summary>What a method of this return type gives, or null for nothing.</summary>
    private static Type? ResultOf(Type returned) =>
        returned.IsGenericType ? returned.GetGenericArguments()[0] : returned == typeof(void) || returned == typeof(ValueTask) ? null : returned;

    private static object? Answer(Type returned, object? result) => returned.IsGenericType
        ? Activator.CreateInstance(returned, result)
        : returned == typeof(ValueTask) ? ValueTask.CompletedTask : result;

    private static async Task<object?> ResultOf(object? returned)
    {
        if (returned is ValueTask plain)
            await plain;
        if (returned is null or ValueTask || !returned.GetType().IsGenericType)
            return returned is ValueTask ? null : returned;
        var task = (Task)returned.GetType().GetMethod("AsTask")!.Invoke(returned, null)!;
        await task;
        return task.GetType().GetProperty("Result")!.GetValue(task);
    }
}
