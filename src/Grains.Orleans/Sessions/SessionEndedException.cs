using Orleans;

namespace Grains.Orleans;

/// <summary>The session has ended, or was never opened on the silo that is asked.</summary>
[GenerateSerializer, Alias("grains.SessionEndedException")]
public sealed class SessionEndedException : Exception
{
    public SessionEndedException()
        : this("The session has ended.")
    {
    }

    public SessionEndedException(string message)
        : base(message)
    {
    }

    public SessionEndedException(string message, Exception inner)
        : base(message, inner)
    {
    }
}
