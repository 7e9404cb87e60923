using Grains.Local;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>Makes one list of what each silo has.</summary>
internal static class TopicLists
{
    public static TopicReply Merge(TopicCommand command, IReadOnlyList<(SiloAddress Silo, TopicReply Answer)> answers)
    {
        if (answers.FirstOrDefault(answer => answer.Answer.Error != ErrorCode.None).Answer is { } refusal)
            return refusal;
        var topics = answers.SelectMany(answer => answer.Answer.Topics).OrderBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        // A silo that had more stands for itself up to its cursor only.
        var cursors = answers.Select(answer => answer.Answer.Cursor).OfType<string>().ToList();
        var upTo = cursors.Count == 0 ? null : cursors.Min(StringComparer.Ordinal);
        if (upTo is not null)
            topics.RemoveAll(topic => string.CompareOrdinal(topic.Name, upTo) > 0);
        // Together they have no more than one silo lists alone.
        var limit = Math.Min(command.Limit ?? TopicAdministration.ListMax, TopicAdministration.ListMax);
        if (topics.Count > limit)
        {
            topics.RemoveRange(limit, topics.Count - limit);
            upTo = topics[^1].Name;
        }

        return new TopicReply { Topics = [.. topics], Cursor = upTo };
    }
}
