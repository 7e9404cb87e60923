using Grains.Engine;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Topics;

/// <summary>
/// A connection's topic requests and what is delivered to it. Requests on one topic keep their order while a slow engine has them;
/// subscribing and unsubscribing, which concern any number of topics, take turns with all of them.
/// </summary>
internal sealed class TopicRequests
{
    /// <summary>The subscription's id as it is written, for one batch.</summary>
    [ThreadStatic]
    private static MessageWriter? _name;

    private readonly SessionContext _context;
    private readonly TextTable _texts;
    private readonly EncodedRecords _encoded;
    private readonly OrderedWork<string> _order;
    private int _burst;
    private long _appendedUs;

    public TopicRequests(SessionContext context, TextTable texts, EncodedRecords encoded)
    {
        _context = context;
        _texts = texts;
        _encoded = encoded;
        _order = new OrderedWork<string>(exception => ConnectionLog.RequestFailed(context.Logger, context.Id.Text, exception));
    }

    /// <summary>The requests that a slow engine has not answered.</summary>
    public OrderedWork<string> Order => _order;

    /// <summary><c>pubsub-publish</c>, or <c>topic-produce</c>, which is the same with another answer.</summary>
    public void Publish(in Envelope envelope, bool produce)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var message = MessageReader.Read(envelope[Member.Message], _texts, SentUs(), ref fault);
        var opId = JsonField.Text(envelope[Member.OpId], "op_id", ref fault);
        ReservedTopic.Check(message.Topic, ref fault);
        if (!fault.IsSet && MessageSize.FaultOf(message, _context.Output.MessageBytesMax) is { } tooLong)
            fault.Set(tooLong, ErrorCode.MessageTooLarge);
        if (fault.IsSet)
        {
            AnswerPublish(id, PublishReply.Fail(fault.Code, fault.Message!), produce);
            return;
        }

        if (!_order.IsIdle)
        {
            DeferPublish(id, envelope.Bytes, message, opId, produce);
            return;
        }

        var task = _context.Engine.Topics.PublishAsync(_context.Id, message, opId);
        if (task.IsCompletedSuccessfully)
            AnswerAtOnce(id, task.Result, opId, produce);
        else
            DeferStarted(message.Topic, id, envelope.Bytes, task, produce);
    }

    /// <summary><c>pubsub-subscribe</c>: the acknowledgement first, then the subscription may deliver.</summary>
    public void Subscribe(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var command = SubscribeReader.Read(envelope[Member.Subscription], _context.Time.NowUs(), ref fault);
        if (fault.IsSet)
            Refuse(id, "pubsub-ack"u8, fault.Code, fault.Message);
        else
            Defer(null, id, envelope.Bytes, kept => SubscribeAsync(kept, command));
    }

    public void Unsubscribe(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var subscriptionId = JsonField.RequiredText(envelope[Member.SubscriptionId], "subscription_id", ref fault);
        if (fault.IsSet)
            Refuse(id, "pubsub-ack"u8, fault.Code, fault.Message);
        else
            Defer(null, id, envelope.Bytes, kept => UnsubscribeAsync(kept, subscriptionId));
    }

    /// <summary><c>topic-create</c> and the others that are about a topic as a whole.</summary>
    public void Execute(string operation, in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var command = TopicCommandReader.Read(operation, envelope, ref fault);
        if (operation is "create" or "trim" or "delete")
            ReservedTopic.Check(command.Topic, ref fault);
        if (fault.IsSet)
            RefuseTopic(id, fault.Code, fault.Message);
        else
            Defer(operation == "list" ? null : command.Topic, id, envelope.Bytes, kept => ExecuteAsync(kept, command));
    }

    public void Consume(in Envelope envelope)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var command = TopicCommandReader.ReadConsume(envelope, _context.Limits.MessageBytesMax / 2, ref fault);
        if (fault.IsSet)
            RefuseTopic(id, fault.Code, fault.Message);
        else
            Defer(command.Topic, id, envelope.Bytes, kept => ConsumeAsync(kept, command));
    }

    /// <summary>Writes a batch that the engine hands over, and with it the credit that it gives back once it has left.</summary>
    public void Deliver(in DeliveryBatch batch)
    {
        var name = _name ??= new MessageWriter();
        name.Truncate(0);
        name.Inner(batch.SubscriptionId);
        var subscription = name.Written;
        using var hold = _context.Output.Hold(batch.Items.Length * NotificationBytes);
        foreach (ref readonly var delivery in batch.Items.Span)
        {
            var payloadBytes = delivery.Record?.Message.Payload.Bytes.Length ?? 0;
            using var frame = _context.Output.Begin(NotificationBytes + payloadBytes);
            if (payloadBytes <= _context.Output.MessageBytesMax)
            {
                NotificationJson.Write(frame.Writer, subscription, delivery, _encoded);
                if (frame.Commit(delivery.CostBytes))
                    continue;
            }

            // Published by a program in the server: clients are refused what is as long as this.
            NotificationJson.WriteTooLarge(frame.Writer, subscription, delivery);
            frame.Commit(delivery.CostBytes);
        }
    }

    public void SubscriptionEnded(string subscriptionId, ErrorCode code, string message)
    {
        using var frame = _context.Output.Begin();
        NotificationJson.WriteEnded(frame.Writer, subscriptionId, code, message);
        frame.Commit();
    }

    public void Refuse(ReadOnlySpan<byte> id, ReadOnlySpan<byte> role, ErrorCode code, string? message)
    {
        using var frame = _context.Output.Begin();
        PubSubAck.WriteRefused(frame.Writer, role, id, code, message);
        frame.Commit();
    }

    public void RefuseTopic(ReadOnlySpan<byte> id, ErrorCode code, string? message)
    {
        using var frame = _context.Output.Begin();
        TopicResponse.WriteRefused(frame.Writer, id, code, message);
        frame.Commit();
    }

    private const int NotificationBytes = 512;

    private void AnswerAtOnce(ReadOnlySpan<byte> id, PublishReply reply, string? opId, bool produce)
    {
        // What is remembered by an op_id was appended long ago.
        _appendedUs = opId is null ? reply.AppendedAtUs : 0;
        AnswerPublish(id, reply, produce);
    }

    /// <summary>When a message was sent that does not say it: of one burst, when the one before it was appended, which spares a look at the
    /// clock.</summary>
    private long SentUs()
    {
        var burst = _context.Output.Bursts;
        var appendedUs = burst == _burst ? _appendedUs : 0;
        (_burst, _appendedUs) = (burst, 0);
        return appendedUs != 0 ? appendedUs : _context.Time.NowUs();
    }

    // These two are apart, so that their closures are made only when they are needed.
    private void DeferPublish(ReadOnlySpan<byte> id, int bytes, TopicMessage message, string? opId, bool produce) =>
        Defer(message.Topic, id, bytes, kept => FinishPublishAsync(kept, _context.Engine.Topics.PublishAsync(_context.Id, message, opId), produce));

    private void DeferStarted(string topic, ReadOnlySpan<byte> id, int bytes, ValueTask<PublishReply> task, bool produce)
    {
        var started = task.AsTask();
        Defer(topic, id, bytes, kept => FinishPublishAsync(kept, new ValueTask<PublishReply>(started), produce));
    }

    private void Defer(string? lane, ReadOnlySpan<byte> id, int bytes, Func<byte[], ValueTask> work)
    {
        var kept = id.ToArray();
        _order.Run(lane, bytes, () => work(kept));
    }

    private async ValueTask FinishPublishAsync(byte[] id, ValueTask<PublishReply> task, bool produce)
    {
        PublishReply reply;
        try
        {
            reply = await task;
        }
        catch (Exception exception)
        {
            reply = PublishReply.Fail(ErrorCode.Internal, Failed(exception));
        }

        AnswerPublish(id, reply, produce);
        _context.Flush();
    }

    private async ValueTask SubscribeAsync(byte[] id, SubscribeCommand command)
    {
        SubscribeReply reply;
        try
        {
            reply = await _context.Engine.Topics.SubscribeAsync(_context.Id, command);
        }
        catch (Exception exception)
        {
            reply = SubscribeReply.Fail(ErrorCode.Internal, Failed(exception));
        }

        AnswerSubscribe(id, reply);
        if (reply.Error == ErrorCode.None)
            await _context.Engine.Topics.ActivateAsync(_context.Id, command.SubscriptionId);
        _context.Flush();
    }

    private async ValueTask UnsubscribeAsync(byte[] id, string subscriptionId)
    {
        try
        {
            var was = await _context.Engine.Topics.UnsubscribeAsync(_context.Id, subscriptionId);
            AnswerUnsubscribe(id, was);
        }
        catch (Exception exception)
        {
            Refuse(id, "pubsub-ack"u8, ErrorCode.Internal, Failed(exception));
        }

        _context.Flush();
    }

    private async ValueTask ExecuteAsync(byte[] id, TopicCommand command)
    {
        TopicReply reply;
        try
        {
            reply = await _context.Engine.Topics.ExecuteAsync(command);
        }
        catch (Exception exception)
        {
            reply = TopicReply.Fail(ErrorCode.Internal, Failed(exception));
        }

        Answer(id, command.Operation, reply);
        _context.Flush();
    }

    private async ValueTask ConsumeAsync(byte[] id, ReadCommand command)
    {
        ReadReply reply;
        try
        {
            reply = await _context.Engine.Topics.ReadAsync(command);
        }
        catch (Exception exception)
        {
            reply = ReadReply.Fail(ErrorCode.Internal, Failed(exception));
        }

        Answer(id, reply);
        _context.Flush();
    }

    private string Failed(Exception exception)
    {
        ConnectionLog.RequestFailed(_context.Logger, _context.Id.Text, exception);
        return "Internal error; the outcome is unknown.";
    }

    private void AnswerPublish(ReadOnlySpan<byte> id, PublishReply reply, bool produce)
    {
        using var frame = _context.Output.Begin();
        if (reply.Error == ErrorCode.None)
        {
            if (produce)
                TopicResponse.WriteProduced(frame.Writer, id, reply);
            else
                PubSubAck.WritePublished(frame.Writer, id, reply);
        }
        else if (produce)
        {
            TopicResponse.WriteRefused(frame.Writer, id, reply.Error, reply.Message);
        }
        else
        {
            PubSubAck.WriteRefused(frame.Writer, "pubsub-ack"u8, id, reply.Error, reply.Message);
        }

        frame.Commit();
    }

    private void AnswerSubscribe(ReadOnlySpan<byte> id, SubscribeReply reply)
    {
        using var frame = _context.Output.Begin();
        if (reply.Error == ErrorCode.None)
            PubSubAck.WriteSubscribed(frame.Writer, id, reply);
        else
            PubSubAck.WriteRefused(frame.Writer, "pubsub-ack"u8, id, reply.Error, reply.Message);
        frame.Commit();
    }

    private void AnswerUnsubscribe(ReadOnlySpan<byte> id, bool was)
    {
        using var frame = _context.Output.Begin();
        PubSubAck.WritePlain(frame.Writer, "pubsub-ack"u8, id, was);
        frame.Commit();
    }

    private void Answer(ReadOnlySpan<byte> id, string operation, TopicReply reply)
    {
        using var frame = _context.Output.Begin();
        if (reply.Error == ErrorCode.None)
            TopicResponse.Write(frame.Writer, id, operation, reply, _context.Output.MessageBytesMax);
        else
            TopicResponse.WriteRefused(frame.Writer, id, reply.Error, reply.Message);
        if (frame.Commit())
            return;
        TopicResponse.WriteRefused(frame.Writer, id, ErrorCode.AnswerTooLarge, TooLong.Answer(_context.Output.MessageBytesMax));
        frame.Commit();
    }

    private void Answer(ReadOnlySpan<byte> id, ReadReply reply)
    {
        using var frame = _context.Output.Begin();
        if (reply.Error != ErrorCode.None)
        {
            TopicResponse.WriteRefused(frame.Writer, id, reply.Error, reply.Message);
        }
        else if (!TopicResponse.TryWriteConsumed(frame.Writer, id, reply, _encoded, _context.Output.MessageBytesMax))
        {
            TopicResponse.WriteRefused(frame.Writer, id, ErrorCode.AnswerTooLarge,
                $"The message at offset {reply.Records[0].Offset} is longer than an answer may be; the next is at {reply.Records[0].Offset + 1}.");
        }

        frame.Commit();
    }
}
