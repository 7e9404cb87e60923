namespace Grains.Local;

/// <summary>Whoever holds the place of a key on this node.</summary>
internal interface IKeyOwner
{
    /// <summary>In the key's turn, on any thread: nothing is kept of the key any more.</summary>
    void Release();
}
