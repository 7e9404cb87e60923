namespace Grains;

/// <summary>The typed verbs of functions.</summary>
public static class FunctionExtensions
{
    /// <summary>Returns the result, or throws what the call failed with.</summary>
    public static Value ThrowIfError(this CallReply reply)
    {
        ArgumentNullException.ThrowIfNull(reply);
        return reply.Error == ErrorCode.None ? reply.Result : throw new GrainsException(reply.Error, reply.Message ?? reply.Error.ToString(), reply.Details);
    }
}
