namespace Grains.Engine;

/// <summary>The credit every connection opens with.</summary>
public static class DeliveryCredit
{
    /// <summary>Bytes of deliveries that may be on their way to one connection's reader at once.</summary>
    public const long InitialBytes = 1024 * 1024;
}
