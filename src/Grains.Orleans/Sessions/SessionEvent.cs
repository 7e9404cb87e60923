using System.Collections.Immutable;
using Grains.Engine;
using Orleans;

namespace Grains.Orleans;

/// <summary>Something that happened to a session, which its client fetches.</summary>
[GenerateSerializer, Immutable, Alias("grains.SessionEvent")]
public abstract record SessionEvent
{
    private const long OverheadBytes = 64;

    /// <summary>What the event counts for in the limits of a session.</summary>
    internal abstract long CostBytes { get; }

    /// <summary>Messages and gaps for a subscription, in order.</summary>
    /// <param name="Subscription">The number that the client gave it.</param>
    /// <param name="Items">At least one.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.Delivered")]
    public sealed record Delivered([property: Id(0)] long Subscription, [property: Id(1)] ImmutableArray<Delivery> Items) : SessionEvent
    {
        internal override long CostBytes
        {
            get
            {
                var bytes = OverheadBytes;
                foreach (var item in Items)
                    bytes += item.CostBytes;
                return bytes;
            }
        }
    }

    /// <summary>A subscription has ended by its own rule or a limit.</summary>
    /// <param name="Subscription">The number that the client gave it.</param>
    /// <param name="Error">Why.</param>
    /// <param name="Message">The same in words.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.SubscriptionEnded")]
    public sealed record SubscriptionEnded(
        [property: Id(0)] long Subscription, [property: Id(1)] ErrorCode Error, [property: Id(2)] string Message) : SessionEvent
    {
        internal override long CostBytes => OverheadBytes + Message.Length;
    }

    /// <summary>The client is asked to run a function that it offers.</summary>
    /// <param name="Provider">The connection that offers it.</param>
    /// <param name="Invocation">The call; its deadline is by the silo's clock.</param>
    /// <param name="Remaining">Time until its deadline.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.Invoked")]
    public sealed record Invoked(
        [property: Id(0)] ConnectionId Provider, [property: Id(1)] Invocation Invocation, [property: Id(2)] TimeSpan Remaining) : SessionEvent
    {
        internal override long CostBytes => OverheadBytes + Invocation.Arguments.Bytes.Length + Invocation.Keywords.Bytes.Length;
    }

    /// <summary>A call that the client runs is no longer wanted.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="Reason">Why.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.InvocationCancelled")]
    public sealed record InvocationCancelled([property: Id(0)] string CallId, [property: Id(1)] ErrorCode Reason) : SessionEvent
    {
        internal override long CostBytes => OverheadBytes;
    }

    /// <summary>A streamed item of a call that the client makes.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="Item">The item.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.Reported")]
    public sealed record Reported([property: Id(0)] string CallId, [property: Id(1)] Value Item) : SessionEvent
    {
        internal override long CostBytes => OverheadBytes + Item.Bytes.Length;
    }

    /// <summary>A call that the client made has ended; after its streamed items.</summary>
    /// <param name="CallId">The call.</param>
    /// <param name="Reply">Its answer.</param>
    [GenerateSerializer, Immutable, Alias("grains.SessionEvent.CallEnded")]
    public sealed record CallEnded([property: Id(0)] string CallId, [property: Id(1)] CallReply Reply) : SessionEvent
    {
        internal override long CostBytes => OverheadBytes + Reply.Result.Bytes.Length;
    }
}
