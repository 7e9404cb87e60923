namespace Grains.Tests.Transcripts;

public sealed class TranscriptParserTests
{
    [Fact]
    public void Headers_have_defaults()
    {
        var transcript = TranscriptParser.Parse("t", "A> {}");
        Assert.Equal(["ws", "tcp"], transcript.Transports);
        Assert.Equal("A", Assert.Single(transcript.Connections).Name);
        Assert.Empty(transcript.Needs);
    }

    [Fact]
    public void Headers_are_read()
    {
        var transcript = TranscriptParser.Parse("t", """
            # What it shows.
            transports mixed
            connections A:ws B2:tcp
            option Grains:Limits:MessageBytesMax=65536
            option Grains:Authentication:Tokens:me=sha256:abc=
            needs functions

            A> {}
            """);
        Assert.Equal(["mixed"], transcript.Transports);
        Assert.Equal([new("A", "ws"), new("B2", "tcp")], transcript.Connections);
        Assert.Equal("65536", transcript.Options["Grains:Limits:MessageBytesMax"]);
        Assert.Equal("sha256:abc=", transcript.Options["Grains:Authentication:Tokens:me"]);
        Assert.Equal(["functions"], transcript.Needs);
        Assert.Equal(8, Assert.Single(transcript.Steps).Line);
    }

    [Fact]
    public void Advance_needs_the_clock() => Assert.Contains("clock", TranscriptParser.Parse("t", "advance 1.2s").Needs);

    [Fact]
    public void Fresh_words_get_the_suffix_where_they_are_whole()
    {
        var transcript = TranscriptParser.Parse("t", "fresh jobs\nA> {\"topic\":\"jobs.eu\",\"jobs_done\":\"my-jobs\"}", "-7");
        var send = Assert.IsType<TranscriptStep.Send>(Assert.Single(transcript.Steps));
        Assert.Equal("{\"topic\":\"jobs-7.eu\",\"jobs_done\":\"my-jobs\"}", send.Text);
    }

    [Fact]
    public void Bytes_are_digits_and_strings_with_repeats()
    {
        var transcript = TranscriptParser.Parse("t", "A>> 00 ff \"a\\u00e9\"*2 0A*3");
        var send = Assert.IsType<TranscriptStep.SendBytes>(Assert.Single(transcript.Steps));
        Assert.Equal([0, 255, 97, 0xC3, 0xA9, 97, 0xC3, 0xA9, 10, 10, 10], send.Bytes.ToArray());
    }

    [Theory]
    [InlineData("1.2s", 1200)]
    [InlineData("30ms", 30)]
    [InlineData("2m", 120_000)]
    [InlineData("1h", 3_600_000)]
    public void Durations_have_units(string text, int milliseconds)
    {
        var advance = Assert.IsType<TranscriptStep.Advance>(Assert.Single(TranscriptParser.Parse("t", "advance " + text).Steps));
        Assert.Equal(milliseconds, advance.By.TotalMilliseconds);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("# nothing", 1)]
    [InlineData("transport ws\nA> {}", 1)]
    [InlineData("transports udp\nA> {}", 1)]
    [InlineData("transports\nA> {}", 1)]
    [InlineData("transports ws\ntransports tcp\nA> {}", 2)]
    [InlineData("transports mixed\nA> {}", 1)]
    [InlineData("connections a\nA> {}", 1)]
    [InlineData("option Grains\nA> {}", 1)]
    [InlineData("needs luck\nA> {}", 1)]
    [InlineData("A> {}\nneeds clock", 2)]
    [InlineData("A> {}\nB> {}", 2)]
    [InlineData("A> {\"a\":}", 1)]
    [InlineData("A< {\"a\":1 ...}", 1)]
    [InlineData("\n\nA> {}\nA<", 4)]
    [InlineData("A> {}\nA= {}", 2)]
    [InlineData("A>> 0", 1)]
    [InlineData("A>> 00 xyz", 1)]
    [InlineData("A> {}\nany order\nA< {}", 2)]
    [InlineData("A> {}\nany order\nend", 2)]
    [InlineData("any order\nA> {}\nend", 2)]
    [InlineData("any order\nA<... {}\nend", 2)]
    [InlineData("eventually\nsync A\nend", 2)]
    [InlineData("end", 1)]
    [InlineData("advance soon", 1)]
    [InlineData("expect closed A soon", 1)]
    [InlineData("expect nothing", 1)]
    [InlineData("sync B", 1)]
    [InlineData("connect C Authorization", 1)]
    [InlineData("connect C \"Authorization\"", 1)]
    [InlineData("  A> {}", 1)]
    public void What_breaks_the_format_is_refused_with_its_line(string text, int line)
    {
        var error = Assert.Throws<TranscriptFormatException>(() => TranscriptParser.Parse("t", text));
        Assert.Equal(line, error.Line);
    }
}
