using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native;
using Grains.Gateway.Protocols.Native.Cache;
using Grains.Gateway.Protocols.Native.Topics;
using Grains.Gateway.Transports.WebSockets;

namespace Grains.Tests.Gateway;

/// <summary>Budgets of the hot path: bytes allocated on this thread for one message.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 1_000;

    [Fact]
    public void Reading_a_warm_get_and_writing_its_answer_allocates_nothing()
    {
        var json = Frames.Utf8("""{"role":"cache-request","u":"cache-12345","operation":"get","key":{"namespace":"user_sessions","identifier":"session_123"},"options":{"consistency_level":"eventual","timeout_ms":5000}}""");
        var keys = new KeyTable();
        var connection = Frames.Utf8("c-1");
        var output = new OutputBuffer(new WebSocketFraming(1024 * 1024), 4 * 1024 * 1024);
        var reply = new CacheReply { Value = Value.Json("""{"user_id":"user_456"}"""), Revision = 17, Entry = new EntryInfo { Ttl = TimeSpan.FromSeconds(1) } };
        Assert.Equal(0, PerRound(() =>
        {
            Envelope.TryRead(json, 64, out var envelope);
            var fault = new FieldFault();
            var id = RequestId.Of(envelope, ref fault);
            var request = CacheRequestReader.Read(envelope, keys, ref fault);
            using (var frame = output.Begin(CacheAnswer.SizeHint(request, reply)))
            {
                CacheAnswer.Write(frame.Writer, id, request, reply, new AnswerStamp(1, connection, 5, 12));
                frame.Commit();
            }

            output.TryTake(out _, out _);
        }));
    }

    [Fact]
    public void A_put_allocates_its_command_and_its_value()
    {
        var json = Frames.Utf8("""{"role":"cache-request","u":"1","operation":"put","key":{"namespace":"n","identifier":"k"},"value":"0123456789012345678901234567890123456789"}""");
        var keys = new KeyTable();
        var bytes = PerRound(() =>
        {
            Envelope.TryRead(json, 64, out var envelope);
            var fault = new FieldFault();
            CacheRequestReader.Read(envelope, keys, ref fault);
        });
        Assert.InRange(bytes, 1, 400);
    }

    [Fact]
    public void Delivering_a_record_to_one_more_subscriber_allocates_nothing()
    {
        var record = new TopicRecord(5, 7, new TopicMessage("a.b", Value.Json("1")) { MessageId = "m", Publisher = "p" });
        var encoded = new EncodedRecords(NotificationJson.Encode);
        var writer = new MessageWriter();
        Assert.Equal(0, PerRound(() =>
        {
            NotificationJson.Write(writer, "s1"u8, new Delivery("a.b", 1, record), encoded);
            writer.Reset();
        }));
    }

    private static long PerRound(Action round)
    {
        // Twice, because the first time compiles, interns and fills pools.
        for (var i = 0; i < Rounds; i++)
            round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Rounds; i++)
            round();
        return (GC.GetAllocatedBytesForCurrentThread() - before) / Rounds;
    }
}
