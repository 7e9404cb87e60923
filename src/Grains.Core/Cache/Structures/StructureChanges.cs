namespace Grains.Cache;

/// <summary>Carries changes out on structures, and turns structures into plain data and back.</summary>
internal static class StructureChanges
{
    public static void Apply(Structure structure, CacheChange.InStructure change)
    {
        switch (change)
        {
            case CacheChange.Clear:
                structure.Clear();
                break;
            case CacheChange.SetMembers members:
                Apply((SetStructure)structure, members);
                break;
            case CacheChange.Splice splice:
                Apply((SequenceStructure)structure, splice);
                break;
            case CacheChange.RemoveItems items:
                for (var i = items.Indexes.Length - 1; i >= 0; i--)
                    ((SequenceStructure)structure).RemoveAt(items.Indexes[i]);
                break;
            case CacheChange.MapFields fields:
                Apply((MapStructure)structure, fields);
                break;
            case CacheChange.Scores scores:
                Apply((SortedSetStructure)structure, scores);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(change), change, "No such change.");
        }
    }

    public static EntrySnapshot Snapshot(Structure structure, EntrySnapshot entry) => structure switch
    {
        SetStructure set => entry with { Members = [.. set.Members] },
        SequenceStructure list => entry with { Members = [.. Enumerable.Range(0, list.Count).Select(i => list[i])] },
        MapStructure map => entry with { Fields = [.. map.Fields.Select(f => new FieldUpdate(f.Key, f.Value))] },
        SortedSetStructure sorted => entry with { Scores = [.. Enumerable.Range(0, sorted.Count).Select(sorted.At)] },
        _ => throw new ArgumentOutOfRangeException(nameof(structure), structure, "No such structure."),
    };

    public static void Fill(Structure structure, EntrySnapshot snapshot)
    {
        switch (structure)
        {
            case SetStructure set:
                foreach (var member in snapshot.Members)
                    set.Add(member);
                break;
            case SequenceStructure sequence:
                foreach (var item in snapshot.Members)
                    sequence.Insert(sequence.Count, item);
                break;
            case MapStructure map:
                foreach (var field in snapshot.Fields)
                    map.Set(field.Field, field.Value);
                break;
            case SortedSetStructure sortedSet:
                foreach (var scored in snapshot.Scores)
                    sortedSet.Set(scored.Value, scored.Score);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(structure), structure, "No such structure.");
        }
    }

    private static void Apply(SetStructure set, CacheChange.SetMembers change)
    {
        foreach (var member in change.Removed)
            set.Remove(member);
        foreach (var member in change.Added)
            set.Add(member);
    }

    private static void Apply(SequenceStructure sequence, CacheChange.Splice change)
    {
        for (var i = 0; i < change.Removed; i++)
            sequence.RemoveAt(change.Index);
        for (var i = 0; i < change.Inserted.Length; i++)
            sequence.Insert(change.Index + i, change.Inserted[i]);
    }

    private static void Apply(MapStructure map, CacheChange.MapFields change)
    {
        foreach (var field in change.Removed)
            map.Remove(field);
        foreach (var update in change.Set)
            map.Set(update.Field, update.Value);
    }

    private static void Apply(SortedSetStructure sortedSet, CacheChange.Scores change)
    {
        foreach (var member in change.Removed)
            sortedSet.Remove(member);
        foreach (var scored in change.Set)
            sortedSet.Set(scored.Value, scored.Score);
    }
}
