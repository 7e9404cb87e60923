namespace Grains.Gateway.Protocols.Json;

/// <summary>The first thing that is wrong with a message's fields. Readers go on after a fault, and whoever called them looks here at the
/// end.</summary>
internal struct FieldFault
{
    public ErrorCode Code { get; private set; }

    public string? Message { get; private set; }

    public readonly bool IsSet => Code != ErrorCode.None;

    public void Set(string message, ErrorCode code = ErrorCode.InvalidMessage)
    {
        if (IsSet)
            return;
        Code = code;
        Message = message;
    }
}
