namespace Grains.Cache;

/// <content>A key as plain data.</content>
public partial class KeyState
{
    /// <summary>Everything there is to know of the key.</summary>
    public KeyImage ToImage() => new()
    {
        Entry = Snapshot(),
        Revision = Revision,
        CreatedAtUs = CreatedAtUs,
        LastAccessAtUs = LastAccessAtUs,
        AccessCount = AccessCount,
        Answers = OpIds is null ? [] : [.. OpIds.All],
    };

    /// <summary>Forgets everything, op_ids too.</summary>
    public void Clear()
    {
        Forget();
        OpIds = null;
    }

    /// <summary>Makes an empty state what another was.</summary>
    public void Become(KeyImage image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (image.Entry is { } entry)
        {
            Restore(entry, image.CreatedAtUs);
            Revision = image.Revision;
            LastAccessAtUs = image.LastAccessAtUs;
            _accessCount = (uint)Math.Min(image.AccessCount, uint.MaxValue);
        }

        foreach (var answer in image.Answers)
            Remember(answer.OpId, answer.Operation, answer.Reply, answer.LapsesAtUs);
    }
}
