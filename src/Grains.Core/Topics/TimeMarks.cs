using System.Collections.Immutable;

namespace Grains.Topics;

/// <summary>
/// Which offset was next at certain times: the moments when subscriptions began. A reader that comes back with such a moment, and whose
/// messages retention has since removed, is told exactly which ones. The newest <see cref="MarksMax"/> are kept. A moment at which the same
/// offset was next as at the mark before it needs no mark: between the two nothing was appended, so the one before answers for both. So
/// there is one for each append at most.
/// </summary>
internal sealed class TimeMarks
{
    public const int MarksMax = 4_096;

    private readonly List<(long AtUs, long Offset)> _marks = [];

    /// <summary>Time (as the epoch) and offset of each, in order.</summary>
    public ImmutableArray<TopicPosition> All => [.. _marks.Select(mark => new TopicPosition(mark.AtUs, mark.Offset))];

    /// <summary>Adds a mark; they come nearly in order of time.</summary>
    public void Add(long atUs, long offset)
    {
        var at = _marks.Count;
        while (at > 0 && _marks[at - 1].AtUs > atUs)
            at--;
        if (at > 0 && (_marks[at - 1].AtUs == atUs || _marks[at - 1].Offset == offset))
            return;
        _marks.Insert(at, (atUs, offset));
        // Half at a time, so that each mark is moved once or twice in its life.
        if (_marks.Count > 2 * MarksMax)
            _marks.RemoveRange(0, MarksMax);
    }

    /// <summary>What the marks take, in bytes.</summary>
    public long MemoryBytes => 16L * _marks.Capacity;

    /// <summary>Forgets the older half.</summary>
    public void Halve()
    {
        _marks.RemoveRange(0, (_marks.Count + 1) / 2);
        _marks.TrimExcess();
    }

    /// <summary>The offset at the last mark not after a time, or null when none is remembered.</summary>
    public long? OffsetAt(long atUs)
    {
        int low = 0, high = _marks.Count;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_marks[middle].AtUs <= atUs)
                low = middle + 1;
            else
                high = middle;
        }

        return low == 0 ? null : _marks[low - 1].Offset;
    }
}
