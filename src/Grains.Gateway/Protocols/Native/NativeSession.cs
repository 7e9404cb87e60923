using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native.Cache;
using Grains.Gateway.Protocols.Native.Functions;
using Grains.Gateway.Protocols.Native.Hello;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native;

/// <summary>
/// One connection's conversation in the native protocol: reads the envelope of each message and passes it on by its role. What a role
/// means is in the folder of its concept; nothing is decided here but who may speak, and when the connection must be read no further.
/// </summary>
internal sealed class NativeSession : IMessageSession
{
    private readonly SessionContext _context;
    private readonly HelloRequests _hello;
    private readonly CacheRequests _cache;
    private readonly TopicRequests _topics;
    private readonly CallRequests _calls;
    private readonly ProviderRequests _provider;

    public NativeSession(NativeProtocol protocol, SessionContext context)
    {
        _context = context;
        _hello = new HelloRequests(context, protocol.Options);
        _cache = new CacheRequests(context, protocol.Keys);
        _topics = new TopicRequests(context, protocol.Texts, protocol.Encoded);
        _calls = new CallRequests(context, protocol.Options.Runner, protocol.Texts);
        _provider = new ProviderRequests(context);
    }

    public bool IsBusy => _calls.Count > 0;

    public MessageOutcome OnMessage(ReadOnlySpan<byte> message)
    {
        var fault = Envelope.TryRead(message, _context.Limits.JsonDepthMax, out var envelope);
        if (fault != EnvelopeFault.None)
            return Refuse(fault);
        if (!_context.IsAuthenticated)
            return OnFirstMessage(envelope);
        var outcome = Dispatch(envelope);
        return outcome == MessageOutcome.Continue && IsSaturated ? MessageOutcome.Pause : outcome;
    }

    public void Deliver(in DeliveryBatch batch) => _topics.Deliver(batch);

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message) => _topics.SubscriptionEnded(subscriptionId, code, message);

    public bool Invoke(Invocation invocation) => _provider.Invoke(invocation);

    public void CancelInvocation(string callId, ErrorCode reason) => _provider.CancelInvocation(callId, reason);

    public void Report(string callId, Value item) => _calls.Report(callId, item);

    public void Goodbye() => _hello.Goodbye();

    public async ValueTask WhenReadyAsync()
    {
        await _hello.WhenReadyAsync();
        var (count, bytes) = (_context.Limits.CallsInFlightMax, _context.Limits.BytesInFlightMax);
        await _cache.Order.WhenRoomAsync(count, bytes);
        await _topics.Order.WhenRoomAsync(count, bytes);
        await _provider.Order.WhenRoomAsync(count, bytes);
    }

    public async ValueTask EndAsync()
    {
        await _cache.Order.WhenIdleAsync();
        await _topics.Order.WhenIdleAsync();
        await _provider.Order.WhenIdleAsync();
    }

    public void Closed() => _calls.End();

    /// <summary>A slow engine has as many requests of this connection as may wait. Calls do not count: they end by what is read.</summary>
    private bool IsSaturated
    {
        get
        {
            var (count, bytes) = (_context.Limits.CallsInFlightMax, _context.Limits.BytesInFlightMax);
            return _cache.Order.IsFull(count, bytes) || _topics.Order.IsFull(count, bytes) || _provider.Order.IsFull(count, bytes);
        }
    }

    private MessageOutcome Dispatch(in Envelope envelope)
    {
        var role = envelope.Role;
        if (role.SequenceEqual("cache-request"u8))
        {
            _cache.Handle(envelope);
            return MessageOutcome.Continue;
        }

        _cache.Interrupt();
        if (role.StartsWith("rpc"u8))
            return DispatchFunctions(role, envelope);
        if (role.StartsWith("pubsub-"u8) || role.StartsWith("topic-"u8))
            return DispatchTopics(role, envelope);
        if (role.SequenceEqual("hello"u8))
            return _hello.Hello(envelope);
        if (role.SequenceEqual("auth"u8))
            return _hello.Authenticate(envelope);
        RefuseRole(envelope);
        return MessageOutcome.Continue;
    }

    private MessageOutcome DispatchTopics(ReadOnlySpan<byte> role, in Envelope envelope)
    {
        if (role.SequenceEqual("pubsub-publish"u8))
            _topics.Publish(envelope, produce: false);
        else if (role.SequenceEqual("pubsub-subscribe"u8))
            _topics.Subscribe(envelope);
        else if (role.SequenceEqual("pubsub-unsubscribe"u8))
            _topics.Unsubscribe(envelope);
        else if (role.SequenceEqual("topic-produce"u8))
            _topics.Publish(envelope, produce: true);
        else if (role.SequenceEqual("topic-consume"u8))
            _topics.Consume(envelope);
        else if (TopicOperationOf(role) is { } operation)
            _topics.Execute(operation, envelope);
        else
            RefuseRole(envelope);
        return MessageOutcome.Continue;
    }

    private MessageOutcome DispatchFunctions(ReadOnlySpan<byte> role, in Envelope envelope)
    {
        if (role.SequenceEqual("rpc"u8))
            _calls.Call(envelope);
        else if (role.SequenceEqual("rpc-result"u8))
            _provider.Complete(envelope);
        else if (role.SequenceEqual("rpc-progress"u8))
            _provider.Report(envelope);
        else if (role.SequenceEqual("rpc-cancel"u8))
            _calls.Cancel(envelope);
        else if (role.SequenceEqual("rpc-register"u8))
            _provider.Register(envelope);
        else if (role.SequenceEqual("rpc-unregister"u8))
            _provider.Unregister(envelope);
        else
            RefuseRole(envelope);
        return MessageOutcome.Continue;
    }

    private static string? TopicOperationOf(ReadOnlySpan<byte> role) => role switch
    {
        _ when role.SequenceEqual("topic-create"u8) => "create",
        _ when role.SequenceEqual("topic-describe"u8) => "describe",
        _ when role.SequenceEqual("topic-list"u8) => "list",
        _ when role.SequenceEqual("topic-trim"u8) => "trim",
        _ when role.SequenceEqual("topic-delete"u8) => "delete",
        _ when role.SequenceEqual("topic-presence"u8) => "presence",
        _ => null,
    };

    /// <summary>The first message of a client that must show credentials: they are in it, or it is refused in its own kind of answer.</summary>
    private MessageOutcome OnFirstMessage(in Envelope envelope)
    {
        var role = envelope.Role;
        if (role.SequenceEqual("auth"u8))
            return _hello.Authenticate(envelope);
        if (role.SequenceEqual("hello"u8))
            return _hello.Hello(envelope);
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        const string Message = "The first message must give credentials.";
        if (role.SequenceEqual("cache-request"u8))
            _cache.Refuse(id, ErrorCode.Unauthorized, Message);
        else if (role.StartsWith("pubsub-"u8))
            _topics.Refuse(id, "pubsub-ack"u8, ErrorCode.Unauthorized, Message);
        else if (role.StartsWith("topic-"u8))
            _topics.RefuseTopic(id, ErrorCode.Unauthorized, Message);
        else if (role.SequenceEqual("rpc-register"u8) || role.SequenceEqual("rpc-unregister"u8))
            _provider.Refuse(id, ErrorCode.Unauthorized, Message);
        else
            _calls.Refuse(id, ErrorCode.Unauthorized, Message);
        _context.Close(new CloseReason(CloseReason.PolicyCode, "Unauthorized."));
        return MessageOutcome.Close;
    }

    private MessageOutcome Refuse(EnvelopeFault fault)
    {
        _cache.Interrupt();
        switch (fault)
        {
            case EnvelopeFault.NotAnObject:
                _calls.Refuse(RequestId.Unknown, ErrorCode.InvalidMessage, "A message is one JSON object.");
                return MessageOutcome.Continue;
            case EnvelopeFault.TooDeep:
                _calls.Refuse(RequestId.Unknown, ErrorCode.JsonTooDeep, $"The JSON is nested deeper than {_context.Limits.JsonDepthMax}.");
                _context.Close(new CloseReason(CloseReason.PolicyCode, "The JSON is nested too deep."));
                return MessageOutcome.Close;
            default:
                _calls.Refuse(RequestId.Unknown, ErrorCode.InvalidMessage, "The message is not valid JSON.");
                _context.Close(new CloseReason(CloseReason.InvalidTextCode, "The message is not valid JSON."));
                return MessageOutcome.Close;
        }
    }

    private void RefuseRole(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var role = envelope[Member.Role];
        if (JsonText.IsAbsentOrNull(role))
            _calls.Refuse(id, ErrorCode.InvalidMessage, "Field 'role' is required.");
        else if (!JsonText.IsString(role))
            _calls.Refuse(id, ErrorCode.InvalidMessage, "Field 'role' must be a string.");
        else
            _calls.Refuse(id, ErrorCode.InvalidRole, "Invalid RPC request role: " + Shown(JsonText.Decode(role)));
    }

    /// <summary>Enough of a name to recognise it, so that an answer is never much longer than it need be.</summary>
    private static string Shown(string name) => name.Length <= 200 ? name : name[..200] + "…";
}
