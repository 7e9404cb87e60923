using System.Collections.Immutable;

namespace Grains.Topics;

/// <summary>
/// Which offset was next at certain times: the moments when subscriptions began. A reader that comes back with such a moment, and whose
/// messages retention has since removed, is told exactly which ones. The newest <see cref="MarksMax"/> are kept. A moment at which the same
/// offset was next as at the mark before it needs no mark: between the two nothing was appended, so the one before answers for both. So
/// there is one for each append at most. Of those that are forgotten the oldest is remembered: it answers for all of them, with an offset that
/// is too early rather than none, so that a reader is told of more than it missed rather than of nothing.
/// </summary>
internal sealed class TimeMarks
{
    public const int MarksMax = 4_096;

    private readonly List<(long AtUs, long Offset)> _marks = [];
    private (long AtUs, long Offset)? _oldestForgotten;

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
            Forget(MarksMax);
    }

    /// <summary>What the marks take, in bytes.</summary>
    public long MemoryBytes => 16L * _marks.Capacity;

    /// <summary>Forgets the older half; the newest mark stays.</summary>
    public void Halve()
    {
        Forget(_marks.Count / 2);
        _marks.TrimExcess();
    }

    /// <summary>The offset at the last mark not after a time, an earlier one when that is forgotten, or null when there was none.</summary>
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

        if (low > 0)
            return _marks[low - 1].Offset;
        return _oldestForgotten is { } oldest && oldest.AtUs <= atUs ? oldest.Offset : null;
    }

    private void Forget(int count)
    {
        if (count == 0)
            return;
        if (_oldestForgotten is not { } oldest || _marks[0].AtUs < oldest.AtUs)
            _oldestForgotten = _marks[0];
        _marks.RemoveRange(0, count);
    }
}
