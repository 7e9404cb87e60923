using Grains.Engine;
using Grains.Orleans.Tests.Wire;
using Grains.Tests.ByteCarrying;

namespace Grains.Orleans.Tests.Client;

public sealed class SessionDataTests
{
    private static readonly SampleData Samples = new();

    [Fact]
    public void Every_event_survives_the_way_to_the_client()
    {
        SessionEvent[] events =
        [
            new SessionEvent.SubscriptionEnded(7, ErrorCode.SlowReader, "why"),
            new SessionEvent.Invoked(new ConnectionId("c"), (Invocation)Samples.Of(typeof(Invocation)), TimeSpan.FromSeconds(3)),
            new SessionEvent.InvocationCancelled("call", ErrorCode.Cancelled),
            new SessionEvent.Reported("call", Value.Text("item")),
            new SessionEvent.CallEnded("call", (CallReply)Samples.Of(typeof(CallReply))),
        ];

        var carried = WireData.Carry(new SessionBatch(5, [.. events], true, true));

        Assert.Equal((5, true, true), (carried.First, carried.Ended, carried.Leaving));
        Assert.Equal(events, carried.Events);
    }

    [Fact]
    public void Deliveries_survive_the_way_to_the_client()
    {
        var items = Samples.ArrayOf<Delivery>();

        var carried = Assert.IsType<SessionEvent.Delivered>(WireData.Carry<SessionEvent>(new SessionEvent.Delivered(7, items)));

        Assert.Equal(7, carried.Subscription);
        Assert.Null(DataComparison.Fault(items, carried.Items, "items", mustBePopulated: true));
    }

    [Fact]
    public void The_end_of_a_session_is_the_same_exception_at_the_client() =>
        Assert.Equal("gone", WireData.Carry(new SessionEndedException("gone")).Message);
}
