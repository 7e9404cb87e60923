using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Gateway.Protocols.Native.Functions;

/// <summary>
/// The functions that a connection offers: <c>rpc-register</c>, <c>rpc-unregister</c>, and for the calls it is asked to run <c>rpc-invoke</c>
/// and <c>rpc-cancel</c> out, <c>rpc-progress</c> and <c>rpc-result</c> in. What concerns one function, and what concerns one call, keeps its order.
/// </summary>
internal sealed class ProviderRequests
{
    private readonly SessionContext _context;
    private readonly OrderedWork<string> _order;

    public ProviderRequests(SessionContext context)
    {
        _context = context;
        _order = new OrderedWork<string>(exception => ConnectionLog.RequestFailed(context.Logger, context.Id.Text, exception));
    }

    /// <summary>The requests that a slow engine has not answered.</summary>
    public OrderedWork<string> Order => _order;

    public void Register(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var offer = OfferReader.Read(envelope[Member.Function], ref fault);
        if (fault.IsSet)
            Refuse(id, fault.Code, fault.Message);
        else
            Defer(offer.Function, id, envelope.Bytes, kept => RegisterAsync(kept, offer));
    }

    public void Unregister(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var function = JsonField.RequiredText(envelope[Member.Fun], "fun", ref fault);
        if (fault.IsSet)
            Refuse(id, fault.Code, fault.Message);
        else
            Defer(function, id, envelope.Bytes, kept => UnregisterAsync(kept, function));
    }

    /// <summary><c>rpc-result</c>: not answered; one that cannot be read fails the call, so that its caller does not wait in vain.</summary>
    public void Complete(in Envelope envelope)
    {
        var fault = new FieldFault();
        var callId = JsonField.RequiredText(envelope[Member.U], "u", ref fault);
        var reply = ResultReader.Read(envelope, ref fault);
        if (callId.Length == 0)
            return;
        if (fault.IsSet)
            reply = CallReply.Fail(ErrorCode.ExecutionFailed, "RPC execution failed", "The provider's result cannot be read: " + fault.Message);
        _order.Run(callId, envelope.Bytes, () => _context.Engine.Functions.CompleteAsync(_context.Id, callId, reply));
    }

    /// <summary><c>rpc-progress</c>: not answered.</summary>
    public void Report(in Envelope envelope)
    {
        var fault = new FieldFault();
        var callId = JsonField.RequiredText(envelope[Member.U], "u", ref fault);
        var item = envelope[Member.Value].IsEmpty ? Value.Null : JsonField.Value(envelope[Member.Value]);
        if (callId.Length == 0)
            return;
        _order.Run(callId, envelope.Bytes, () => _context.Engine.Functions.ReportAsync(_context.Id, callId, item));
    }

    /// <summary>A call that is too long for a message is answered in the provider's place: another provider would not do better.</summary>
    /// <returns>False when the provider has not read what it was sent before: the call has not run.</returns>
    public bool Invoke(Invocation invocation)
    {
        var bytes = (long)invocation.Arguments.Bytes.Length + invocation.Keywords.Bytes.Length;
        var fits = bytes <= _context.Output.MessageBytesMax;
        if (fits)
        {
            if (!_context.Output.TryBegin((int)bytes + 256, out var frame))
                return false;
            using (frame)
            {
                CallJson.WriteInvoke(frame.Writer, invocation, _context.Time.NowUs());
                fits = frame.Commit();
            }
        }

        if (!fits)
            _ = RefuseCallAsync(invocation.CallId);
        return true;
    }

    /// <summary>Never refused: each cancel is shorter than its invocation, which was, so what a provider does not read stays bounded.</summary>
    public void CancelInvocation(string callId, ErrorCode reason)
    {
        using var frame = _context.Output.Begin();
        CallJson.WriteCancel(frame.Writer, callId, reason);
        frame.Commit();
    }

    public void Refuse(ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        using var frame = _context.Output.Begin();
        PubSubAck.WriteRefused(frame.Writer, "rpc-ack"u8, id, code, message);
        frame.Commit();
    }

    private void Defer(string function, ReadOnlySpan<byte> id, int bytes, Func<byte[], ValueTask> work)
    {
        var kept = id.ToArray();
        _order.Run(function, bytes, () => work(kept));
    }

    private async ValueTask RegisterAsync(byte[] id, FunctionOffer offer)
    {
        try
        {
            var reply = await _context.Engine.Functions.OfferAsync(_context.Id, offer);
            if (reply.Error == ErrorCode.None)
                Acknowledge(id, success: true);
            else
                Refuse(id, reply.Error, reply.Details ?? reply.Message);
        }
        catch (Exception exception)
        {
            Fail(id, exception);
        }

        _context.Flush();
    }

    private async ValueTask UnregisterAsync(byte[] id, string function)
    {
        try
        {
            var was = await _context.Engine.Functions.WithdrawAsync(_context.Id, function);
            Acknowledge(id, was);
        }
        catch (Exception exception)
        {
            Fail(id, exception);
        }

        _context.Flush();
    }

    private async Task RefuseCallAsync(string callId)
    {
        try
        {
            var details = $"The message to the provider would be longer than {_context.Output.MessageBytesMax} bytes; the call has not run.";
            await _context.Engine.Functions.CompleteAsync(_context.Id, callId, CallReply.Fail(ErrorCode.MessageTooLarge, "Call too large", details));
        }
        catch (Exception exception)
        {
            ConnectionLog.RequestFailed(_context.Logger, _context.Id.Text, exception);
        }
    }

    private void Acknowledge(ReadOnlySpan<byte> id, bool success)
    {
        using var frame = _context.Output.Begin();
        PubSubAck.WritePlain(frame.Writer, "rpc-ack"u8, id, success);
        frame.Commit();
    }

    private void Fail(ReadOnlySpan<byte> id, Exception exception)
    {
        ConnectionLog.RequestFailed(_context.Logger, _context.Id.Text, exception);
        Refuse(id, ErrorCode.Internal, "Internal error; the outcome is unknown.");
    }
}
