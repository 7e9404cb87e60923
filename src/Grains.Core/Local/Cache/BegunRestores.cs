using Grains.Cache;

namespace Grains.Local;

/// <summary>
/// How far the restore of structures that span several pieces has come, so that a part is put only onto the parts before it: a key that
/// has been written since has another revision. Bounded: the oldest is forgotten.
/// </summary>
internal sealed class BegunRestores(int countMax)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Begun> _byKey = new(StringComparer.Ordinal);
    private readonly Queue<string> _inOrder = new();

    public Begun? Find(CacheKey key)
    {
        lock (_lock)
            return _byKey.GetValueOrDefault(TextOf(key));
    }

    public void Set(CacheKey key, Begun begun)
    {
        var text = TextOf(key);
        lock (_lock)
        {
            if (!_byKey.ContainsKey(text))
            {
                while (_inOrder.Count >= countMax)
                    _byKey.Remove(_inOrder.Dequeue());
                _inOrder.Enqueue(text);
            }

            _byKey[text] = begun;
        }
    }

    // The lengths keep different keys apart.
    private static string TextOf(CacheKey key) =>
        $"{key.Namespace.Length}.{key.Identifier.Length}.{key.Namespace}{key.Identifier}{key.Version}";

    /// <param name="Of">As in <see cref="BackupPart.Of"/>.</param>
    /// <param name="Next">Members restored so far.</param>
    /// <param name="Revision">What the last part made.</param>
    /// <param name="Skipped">The key was there before, and is left as it is.</param>
    /// <param name="Ended">The last part has been restored, or there is nothing more to restore.</param>
    internal sealed record Begun(string Of, int Next, long Revision, bool Skipped, bool Ended);
}
