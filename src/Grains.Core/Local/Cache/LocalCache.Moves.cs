using Grains.Cache;

namespace Grains.Local;

/// <content>Keys that come from another node and go to one.</content>
public sealed partial class LocalCache
{
    /// <summary>True when anything is kept of the key. Its owner is told when that ends.</summary>
    internal bool Keep(CacheKey key, IKeyOwner owner)
    {
        while (_namespaces.Find(key) is { } grain)
        {
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                grain.Owner = owner;
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a key away from this node, with everything that it is; null when there is nothing of it. No change is told.</summary>
    internal KeyImage? Take(CacheKey key)
    {
        while (_namespaces.Find(key) is { } grain)
        {
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                var image = grain.State.ToImage();
                var before = Footprint.Of(grain);
                grain.Owner = null;
                grain.State.Clear();
                Settle(grain, before);
                return image;
            }
        }

        return null;
    }

    /// <summary>Goes on with a key that another node had.</summary>
    internal void Put(CacheKey key, KeyImage image)
    {
        _revisions.Observe(image.Revision);
        while (true)
        {
            var grain = _namespaces.FindOrAdd(key);
            lock (grain)
            {
                if (grain.Removed)
                    continue;
                var before = Footprint.Of(grain);
                grain.State.Clear();
                grain.State.Become(image);
                Settle(grain, before);
                break;
            }
        }

        Evict(_time.NowUs());
    }
}
