namespace Grains.Orleans;

/// <summary>Names under which a silo's configuration knows parts of Grains.</summary>
public static class OrleansNames
{
    /// <summary>The grain storage that keeps keys and topics whose activations have gone. Memory, unless the silo names another.</summary>
    public const string Storage = "grains";
}
