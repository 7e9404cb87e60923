namespace Grains;

/// <summary>Thrown by a function to refuse a call as busy before it has done anything: the next provider is asked.</summary>
public sealed class ProviderBusyException : Exception
{
    public ProviderBusyException()
        : base("The provider is busy.")
    {
    }

    public ProviderBusyException(string message)
        : base(message)
    {
    }

    public ProviderBusyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
