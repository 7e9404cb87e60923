using System.Globalization;
using System.Text;
using System.Text.Json;
using Grains.Gateway.Connections;
using Grains.Gateway.Protocols;
using Grains.Gateway.Protocols.Json;
using Grains.Gateway.Protocols.Native;
using Grains.Gateway.Protocols.Native.Cache;
using Grains.Gateway.Protocols.Native.Functions;
using Grains.Gateway.Protocols.Native.Topics;

namespace Grains.Tests.Gateway;

/// <summary>Reading messages and writing JSON: pure code.</summary>
public sealed class JsonFieldTests
{
    private const long NowUs = 1_767_225_600_000_000;

    [Theory]
    [InlineData("\"plain\"", "plain")]
    [InlineData("\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz")]
    [InlineData("\"\\u00e9\\ud83d\\ude00\"", "\u00e9\U0001F600")]
    [InlineData("\"\\ud800x\"", "\uFFFDx")]
    public void Strings_are_unescaped(string json, string text) => Assert.Equal(text, JsonText.Decode(Frames.Utf8(json)));

    [Fact]
    public void Every_character_survives_writing_and_reading()
    {
        var text = string.Concat(Enumerable.Range(0, 0x300).Select(i => (char)i)) + "\U0001F600\u2028";
        var writer = new MessageWriter();
        writer.String(text);
        Assert.Equal(text, JsonSerializer.Deserialize<string>(writer.Written));
        writer.Reset();
        writer.Value(Value.Text(text));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(writer.Written));
    }

    [Theory]
    [InlineData(0L, "0.000000")]
    [InlineData(1_700_000_000_123_456L, "1700000000.123456")]
    [InlineData(1_000_001L, "1.000001")]
    [InlineData(-1_500_000L, "-1.500000")]
    [InlineData(999_999_999_999_999L, "999999999.999999")]
    [InlineData(1_000_000_000_000_000L, "1000000000.000000")]
    [InlineData(1_908_070_605_040_302L, "1908070605.040302")]
    [InlineData(9_999_999_999_999_999L, "9999999999.999999")]
    [InlineData(10_000_000_000_000_000L, "10000000000.000000")]
    public void Times_are_seconds_with_six_decimals(long us, string text)
    {
        var writer = new MessageWriter();
        writer.Seconds(us);
        Assert.Equal(text, Encoding.UTF8.GetString(writer.Written));
    }

    [Fact]
    public void Whole_numbers_of_any_length_are_written_digit_by_digit()
    {
        long[] edges = [.. Enumerable.Range(0, 19).Select(digits => (long)Math.Pow(10, digits)), long.MaxValue];
        long[] numbers = [.. edges, .. edges.Select(edge => edge - 1), .. edges.Select(edge => edge / 9 * 8), .. edges.Select(edge => -edge), long.MinValue];
        var writer = new MessageWriter();
        foreach (var number in numbers)
        {
            writer.Number(number);
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), Encoding.UTF8.GetString(writer.Written));
            writer.Reset();
        }
    }

    [Theory]
    [InlineData(1_700_000_000.5, "1700000000.500000")]
    [InlineData(0.1, "0.100000")]
    [InlineData(-1.5, "-1.500000")]
    [InlineData(0.0, "0")]
    [InlineData(1e-7, "1E-07")]
    [InlineData(1_700_000_000.1234567, "1700000000.1234567")]
    [InlineData(1e300, "1E+300")]
    public void Seconds_are_written_so_that_they_read_back_the_same(double seconds, string text)
    {
        var writer = new MessageWriter();
        writer.Seconds(seconds);
        Assert.Equal(text, Encoding.UTF8.GetString(writer.Written));
        Assert.Equal(seconds, JsonSerializer.Deserialize<double>(writer.Written));
    }

    [Theory]
    [InlineData(0.0, "0")]
    [InlineData(-0.0, "-0")]
    [InlineData(7.0, "7")]
    [InlineData(-7.0, "-7")]
    [InlineData(2_147_483_647.0, "2147483647")]
    [InlineData(2_147_483_648.0, "2147483648")]
    [InlineData(-2_147_483_648.0, "-2147483648")]
    [InlineData(1e20, "1E+20")]
    [InlineData(0.5, "0.5")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.PositiveInfinity, "null")]
    public void Numbers_are_written_in_the_shortest_way(double value, string text)
    {
        var writer = new MessageWriter();
        writer.Number(value);
        Assert.Equal(text, Encoding.UTF8.GetString(writer.Written));
    }

    [Theory]
    [InlineData("5", 5L)]
    [InlineData("-7", -7L)]
    [InlineData("5.0", 5L)]
    [InlineData("5e2", 500L)]
    [InlineData("9223372036854775807", long.MaxValue)]
    [InlineData("9223372036854775808", null)]
    [InlineData("5.5", null)]
    [InlineData("1e400", null)]
    [InlineData("\"5\"", null)]
    public void Whole_numbers_are_told_from_others(string json, long? value) =>
        Assert.Equal(value, JsonText.TryInteger(Frames.Utf8(json), out var found) ? found : null);

    [Fact]
    public void Every_prefix_of_a_message_is_not_JSON_and_never_throws()
    {
        var json = Frames.Utf8("""{"role":"rpc","u":"\u00e9x","cmds":[{"name":"a","fun":"f","args":[1.5e3,true,null,"s"],"kwargs":{"k":{}}}],"stream":false}""");
        for (var length = 0; length < json.Length; length++)
            Assert.Equal(EnvelopeFault.NotJson, Envelope.TryRead(json.AsSpan(0, length), 64, out _));
        Assert.Equal(EnvelopeFault.None, Envelope.TryRead(json, 64, out _));
    }

    [Fact]
    public void Messages_with_one_byte_changed_are_read_or_refused_and_never_throw()
    {
        string[] messages =
        [
            """{"role":"cache-request","u":"1","operation":"atomic","key":{"namespace":"n","identifier":"k","version":"v","tags":["a"]},"atomic_operation":{"operation_type":"increment","increment_by":5,"conditions":{"if_revision":3}},"options":{"timeout_ms":100,"notify_on_change":true,"notification_topic":"t","notification_condition":{"a":{"$in":[1,"\u00e9"]}}}}""",
            """{"role":"cache-request","u":"1","operation":"structure","key":{"namespace":"n","identifier":"k"},"structure_operation":{"structure_type":"map","operation":"set_field","field_updates":{"a":{"operation":"increment","value":2},"b":[1]},"scored_values":[{"value":"x","score":1.5}],"range_spec":{"start":0,"end":-1}}}""",
            """{"role":"pubsub-subscribe","u":"1","subscription":{"subscription_id":"s","patterns":[{"pattern":"a.#"}],"start":{"resume":{"a":[1,2]},"time":5.5},"slow_reader":"lag"}}""",
            """{"role":"rpc","u":"1","cmds":[{"name":"a","fun":"f","args":[1],"kwargs":{"x":"\ud83d\ude00"},"locs":["l"],"timeout_ms":5}],"refs":"explicit","timeout_ms":10}""",
            """{"role":"pubsub-publish","u":"1","message":{"topic":"t","payload":{"a":1},"payload_kind":"json","headers":{"h":"x"},"reply_to":"r","timestamp":1.5}}""",
            """{"role":"rpc-result","u":"1","error":{"code":1008,"message":"m","details":{"d":1}}}""",
        ];
        var random = new Random(3);
        foreach (var message in messages)
        {
            var whole = Frames.Utf8(message);
            for (var round = 0; round < 4_000; round++)
            {
                var json = whole.ToArray();
                json[random.Next(json.Length)] = round % 3 == 0 ? (byte)random.Next(256) : whole[random.Next(whole.Length)];
                ReadEverything(json);
            }
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_anywhere_never_throws()
    {
        ReadEverything(Frames.Utf8("""{"role":"\ud800","u":"\udc00","operation":"put","key":{"namespace":"\ud800","identifier":"\ud800"},"value":"\ud800","op_id":"\ud800","\ud800":1,"options":{"notify_on_change":true,"notification_topic":"\ud800","notification_condition":{"\ud800":"\ud800"}}}"""));
        Assert.False(new ChangeNotice("t", default, Value.Json("""{"a":"x"}""")).Holds(Value.Json("""{"a":"\ud800"}""")));
    }

    [Theory]
    [InlineData("""{}""", StartKind.Time, NowUs - 300_000_000)]
    [InlineData(""","get_backlog":false""", StartKind.New, 0L)]
    [InlineData(""","backlog_seconds":0""", StartKind.New, 0L)]
    [InlineData(""","backlog_seconds":1.5""", StartKind.Time, NowUs - 1_500_000)]
    [InlineData(""","backlog_seconds":1e300""", StartKind.Time, 0L)]
    [InlineData(""","start":"new" """, StartKind.New, 0L)]
    [InlineData(""","start":"last" """, StartKind.Last, 0L)]
    [InlineData(""","start":{"offset":-5}""", StartKind.Offset, 0L)]
    [InlineData(""","start":{"time":7.25}""", StartKind.Time, 7_250_000L)]
    [InlineData(""","start":{"resume":{"a.b":[3,4]},"time":7}""", StartKind.Resume, 7_000_000L)]
    public void Subscriptions_start_where_they_ask_to(string more, StartKind start, long startAtUs)
    {
        var fault = default(FieldFault);
        var command = SubscribeReader.Read(
            Frames.Utf8($$"""{"subscription_id":"s","patterns":[{"pattern":"a"}]{{(more == "{}" ? "" : more)}}}"""), NowUs, ref fault);
        Assert.Null(fault.Message);
        Assert.Equal((start, startAtUs), (command.Start, command.StartAtUs));
        if (start == StartKind.Resume)
            Assert.Equal(new TopicPosition(3, 4), command.Resume["a.b"]);
    }

    [Theory]
    [InlineData("""{"amount":{"$gt":5,"$lt":10}}""", true)]
    [InlineData("""{"amount":{"$gt":7}}""", false)]
    [InlineData("""{"amount":7.0}""", true)]
    [InlineData("""{"name":{"$ne":"x"}}""", true)]
    [InlineData("""{"missing":{"$ne":1}}""", true)]
    [InlineData("""{"missing":{"$eq":null}}""", false)]
    [InlineData("""{"name":{"$in":["a","bob"]},"amount":{"$nin":[1,2]}}""", true)]
    [InlineData("""{"name":{"$gt":5}}""", false)]
    [InlineData("""{}""", true)]
    public void Conditions_look_at_members_of_the_value(string condition, bool holds) =>
        Assert.Equal(holds, new ChangeNotice("t", default, Value.Json(condition)).Holds(Value.Json("""{"amount":7,"name":"bob"}""")));

    [Fact]
    public void Keys_are_interned_and_the_table_stays_bounded()
    {
        var keys = new KeyTable(slots: 16);
        keys.Get("n"u8, "k"u8, default);
        var first = keys.Get("n"u8, "k"u8, default);
        Assert.Same(first, keys.Get("n"u8, "k"u8, default));
        Assert.NotEqual(first, keys.Get("nk"u8, ""u8, default));
        Assert.NotSame(first, keys.Get("n"u8, "k"u8, "v2"u8));
        for (var i = 0; i < 1_000; i++)
            Assert.Equal($"{i}", keys.Get("n"u8, Frames.Utf8($"{i}"), default).Identifier);
        Assert.Equal(first, keys.Get("n"u8, "k"u8, "v1.0.0"u8));
    }

    [Theory]
    [InlineData("""{"namespace":"n","identifier":"k"}""", "v1.0.0", true)]
    [InlineData("""{"namespace":"n","identifier":"k","version":"v1.0.0"}""", "v1.0.0", true)]
    [InlineData("""{"namespace":"n","identifier":"k","version":"v2"}""", "v2", true)]
    [InlineData("""{"namespace":"n", "identifier":"k"}""", "v1.0.0", false)]
    [InlineData("""{"identifier":"k","namespace":"n"}""", "v1.0.0", false)]
    [InlineData("""{"namespace":"n","identifier":"k","tags":["t"]}""", "v1.0.0", false)]
    [InlineData("""{"namespace":"n","identifier":"k","version":""}""", "v1.0.0", false)]
    public void A_key_is_the_same_however_it_is_spelled_and_found_at_once_as_most_spell_it(string json, string version, bool isFound)
    {
        var keys = new KeyTable(slots: 16);
        var fault = default(FieldFault);
        for (var times = 0; times < 3; times++)
            Assert.Equal(new CacheKey("n", "k", version), CacheKeyReader.Read(Frames.Utf8(json), keys, ref fault));
        Assert.False(fault.IsSet);
        Assert.Equal(isFound, keys.Find(Frames.Utf8(json)) is not null);
    }

    [Theory]
    [InlineData("")]
    [InlineData("}")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"namespace":"n","identifier":"k" """)]
    [InlineData("{\"namespace\":\"n\",\"identifier\":\"")]
    [InlineData("""{"namespace":"n","identifier":"k","version":"v1.0.1"}""")]
    [InlineData("""{"namespace":"n","identifier":"k","version":"v1.0.0"]""")]
    public void What_is_not_the_spelling_of_a_key_does_not_find_it(string json)
    {
        var keys = new KeyTable(slots: 1);
        var fault = default(FieldFault);
        for (var times = 0; times < 3; times++)
            CacheKeyReader.Read("""{"namespace":"n","identifier":"k"}"""u8, keys, ref fault);
        Assert.Null(keys.Find(Frames.Utf8(json)));
    }

    [Fact]
    public void Two_keys_of_one_pair_of_places_are_both_kept()
    {
        var keys = new KeyTable(slots: 2);
        foreach (var other in Enumerable.Range(0, 16).Select(number => Frames.Utf8($"k{number}")))
        {
            for (var times = 0; times < 2; times++)
            {
                keys.Get("n"u8, "k"u8, default);
                keys.Get("n"u8, other, default);
            }

            Assert.Same(keys.Get("n"u8, "k"u8, default), keys.Get("n"u8, "k"u8, default));
            Assert.Same(keys.Get("n"u8, other, default), keys.Get("n"u8, other, default));
            keys = new KeyTable(slots: 2);
        }
    }

    [Theory]
    [InlineData("n", "k", "v\",\"version\":\"v1.0.0")]
    [InlineData("n\",\"identifier\":\"k", "k", "")]
    [InlineData("n", "k\",\"version\":\"v1.0.0", "")]
    [InlineData("n\"", "\\k\n", "v")]
    public void Keys_with_quotes_are_themselves_and_no_others(string @namespace, string identifier, string version)
    {
        var keys = new KeyTable(slots: 1);
        for (var times = 0; times < 3; times++)
        {
            Assert.Equal(new CacheKey("n", "k"), keys.Get("n"u8, "k"u8, default));
            var key = keys.Get(Frames.Utf8(@namespace), Frames.Utf8(identifier), Frames.Utf8(version));
            Assert.Equal(new CacheKey(@namespace, identifier, version.Length == 0 ? CacheKey.DefaultVersion : version), key);
        }
    }

    private static void ReadEverything(byte[] json)
    {
        if (Envelope.TryRead(json, 64, out var envelope) != EnvelopeFault.None)
            return;
        var keys = new KeyTable(16);
        var texts = new TextTable(16);
        FieldFault cache = default, subscribe = default, message = default, graph = default, topic = default, offer = default, result = default;
        CacheRequestReader.Read(envelope, keys, ref cache);
        SubscribeReader.Read(envelope[Member.Subscription], NowUs, ref subscribe);
        MessageReader.Read(envelope[Member.Message], texts, NowUs, ref message);
        GraphReader.Read(envelope, RequestId.Of(envelope, ref graph), texts, ref graph);
        TopicCommandReader.Read("create", envelope, ref topic);
        OfferReader.Read(envelope[Member.Function], ref offer);
        ResultReader.Read(envelope, ref result);
    }
}
