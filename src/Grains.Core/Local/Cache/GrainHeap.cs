using System.Diagnostics.CodeAnalysis;

namespace Grains.Local;

/// <summary>
/// Grains by a key, smallest first, each at most once: a binary heap that knows where each grain is, so that one can be taken out. Of equal
/// keys the one added first comes first. Used for expiry (key: when something is due) and for recency (key: last access).
/// </summary>
internal sealed class GrainHeap(bool recency)
{
    private readonly Lock _lock = new();
    private Entry[] _entries = new Entry[64];
    private int _count;
    private long _added;

    /// <summary>Adds a grain that is not in the heap; leaves one that is.</summary>
    public void Add(KeyGrain grain, long key)
    {
        if (Volatile.Read(ref SlotOf(grain)) != KeyGrain.NoSlot)
            return;
        lock (_lock)
        {
            if (SlotOf(grain) == KeyGrain.NoSlot)
                Push(grain, key);
        }
    }

    /// <summary>Adds a grain, or moves it up when the new key is smaller than the one it has.</summary>
    /// <returns>True when it is the first now.</returns>
    public bool AddOrRaise(KeyGrain grain, long key)
    {
        lock (_lock)
        {
            var slot = SlotOf(grain);
            if (slot == KeyGrain.NoSlot)
            {
                Push(grain, key);
            }
            else if (key < _entries[slot].Key)
            {
                _entries[slot].Key = key;
                Up(slot);
            }

            return SlotOf(grain) == 0;
        }
    }

    public void Remove(KeyGrain grain)
    {
        if (Volatile.Read(ref SlotOf(grain)) == KeyGrain.NoSlot)
            return;
        lock (_lock)
        {
            if (SlotOf(grain) != KeyGrain.NoSlot)
                RemoveAt(SlotOf(grain));
        }
    }

    /// <summary>The smallest key; <see cref="long.MaxValue"/> when the heap is empty.</summary>
    public long PeekKey()
    {
        lock (_lock)
            return _count == 0 ? long.MaxValue : _entries[0].Key;
    }

    /// <summary>Takes the first grain out, if its key is at most <paramref name="upTo"/>.</summary>
    public bool TryPop(long upTo, [NotNullWhen(true)] out KeyGrain? grain, out long key)
    {
        lock (_lock)
        {
            grain = null;
            key = 0;
            if (_count == 0 || _entries[0].Key > upTo)
                return false;
            (grain, key) = (_entries[0].Grain, _entries[0].Key);
            RemoveAt(0);
            return true;
        }
    }

    private ref int SlotOf(KeyGrain grain) => ref recency ? ref grain.RecencySlot : ref grain.ExpirySlot;

    private void Push(KeyGrain grain, long key)
    {
        if (_count == _entries.Length)
            Array.Resize(ref _entries, _entries.Length * 2);
        _entries[_count] = new Entry { Key = key, Added = ++_added, Grain = grain };
        SlotOf(grain) = _count;
        Up(_count++);
    }

    private void RemoveAt(int slot)
    {
        SlotOf(_entries[slot].Grain) = KeyGrain.NoSlot;
        var last = _entries[--_count];
        _entries[_count] = default;
        if (slot < _count)
        {
            Place(slot, last);
            Up(slot);
            Down(SlotOf(last.Grain));
        }

        if (_entries.Length > 64 && _count < _entries.Length / 4)
            Array.Resize(ref _entries, _entries.Length / 2);
    }

    private void Up(int slot)
    {
        var entry = _entries[slot];
        while (slot > 0 && entry.IsBefore(_entries[(slot - 1) / 2]))
        {
            Place(slot, _entries[(slot - 1) / 2]);
            slot = (slot - 1) / 2;
        }

        Place(slot, entry);
    }

    private void Down(int slot)
    {
        var entry = _entries[slot];
        while ((2 * slot) + 1 < _count)
        {
            var child = (2 * slot) + 1;
            if (child + 1 < _count && _entries[child + 1].IsBefore(_entries[child]))
                child++;
            if (!_entries[child].IsBefore(entry))
                break;
            Place(slot, _entries[child]);
            slot = child;
        }

        Place(slot, entry);
    }

    private void Place(int slot, in Entry entry)
    {
        _entries[slot] = entry;
        SlotOf(entry.Grain) = slot;
    }

    private struct Entry
    {
        public long Key;
        public long Added;
        public KeyGrain Grain;

        public readonly bool IsBefore(in Entry other) => Key < other.Key || (Key == other.Key && Added < other.Added);
    }
}
