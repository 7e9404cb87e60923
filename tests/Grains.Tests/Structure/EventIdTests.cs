using System.Text.RegularExpressions;

namespace Grains.Tests.Structure;

public sealed partial class EventIdTests
{
    [Fact]
    public void Every_log_message_has_an_event_id_of_its_own()
    {
        var messages = SourceTree.FilesUnder("src", ".cs")
            .SelectMany(file => LoggerMessage().Matches(SourceTree.Text(file)).Select(m => (File: file, Id: IdOf(m.Groups["arguments"].Value))))
            .ToArray();

        Offenders.None(messages.Where(m => m.Id is null));
        Offenders.None(messages.GroupBy(m => m.Id).Where(g => g.Count() > 1).Select(g => $"{g.Key}: {string.Join(", ", g.Select(m => m.File))}"));
    }

    [Theory]
    [InlineData("[LoggerMessage(1001, LogLevel.Warning, \"a (b)\")]", 1001)]
    [InlineData("[LoggerMessage(EventId = 7,\n  Level = LogLevel.Debug)]", 7)]
    [InlineData("[LoggerMessage(Level = LogLevel.Debug, Message = \"x\", EventId = 12)]", 12)]
    [InlineData("[LoggerMessage(LogLevel.Debug, \"x 5\")]", null)]
    public void The_id_of_a_log_message_is_found(string source, int? id) =>
        Assert.Equal(id, IdOf(LoggerMessage().Match(source).Groups["arguments"].Value));

    private static int? IdOf(string arguments) => Id().Match(arguments) is { Success: true } match
        ? int.Parse(match.Groups["id"].ValueSpan, null)
        : null;

    [GeneratedRegex(@"\[LoggerMessage\((?<arguments>(?:""(?:\\.|[^""])*""|[^)""])*)\)")]
    private static partial Regex LoggerMessage();

    [GeneratedRegex(@"(?:^\s*|EventId\s*[=:]\s*)(?<id>\d+)")]
    private static partial Regex Id();
}
