using Grains.Gateway.Connections;
using Grains.Gateway.Protocols.Json;

namespace Grains.Gateway.Protocols.Native.Hello;

/// <summary><c>hello</c>, <c>auth</c> and <c>goodbye</c>. While credentials are being checked the connection is read no further.</summary>
internal sealed class HelloRequests(SessionContext context, NativeOptions options)
{
    private Task _checking = Task.CompletedTask;
    private bool _saidHello;

    /// <summary>Completes when no credentials are being checked.</summary>
    public Task WhenReadyAsync() => _checking;

    public MessageOutcome Hello(in Envelope envelope) => Handle(envelope, isHello: true);

    public MessageOutcome Authenticate(in Envelope envelope) => Handle(envelope, isHello: false);

    /// <summary>Only clients that said hello know the role.</summary>
    public void Goodbye()
    {
        if (!Volatile.Read(ref _saidHello))
            return;
        using var frame = context.Output.Begin();
        frame.Writer.Raw("""{"role":"goodbye","code":1401,"error":"The server is stopping."}"""u8);
        frame.Commit();
    }

    private MessageOutcome Handle(in Envelope envelope, bool isHello)
    {
        var fault = new FieldFault();
        var id = RequestId.Of(envelope, ref fault);
        var credentials = new Credentials(
            JsonField.Text(envelope[Member.Token], "token", ref fault), JsonField.Text(envelope[Member.ApiKey], "api_key", ref fault));
        if (fault.IsSet)
            return Refuse(id, fault.Code, fault.Message, close: !context.IsAuthenticated);
        if (context.IsAuthenticated || context.Authenticator is not { } authenticator)
            return Accept(id, isHello);
        if (credentials.IsEmpty)
            return Refuse(id, ErrorCode.Unauthorized, AuthenticationResult.Refused.Message, close: true);
        var check = authenticator.AuthenticateAsync(credentials, context.Ended);
        if (check.IsCompletedSuccessfully)
            return Finish(id, check.Result, isHello);
        _checking = FinishAsync(id.ToArray(), check.AsTask(), isHello);
        return MessageOutcome.Pause;
    }

    private async Task FinishAsync(byte[] id, Task<AuthenticationResult> check, bool isHello)
    {
        try
        {
            var result = await check;
            Finish(id, result, isHello);
        }
        catch (Exception exception) when (!context.Ended.IsCancellationRequested)
        {
            ConnectionLog.RequestFailed(context.Logger, context.Id.Text, exception);
            Refuse(id, ErrorCode.Internal, "Internal error.", close: true);
        }

        context.Flush();
    }

    private MessageOutcome Finish(ReadOnlySpan<byte> id, AuthenticationResult result, bool isHello)
    {
        if (!result.Succeeded)
            return Refuse(id, ErrorCode.Unauthorized, result.Message, close: true);
        context.IsAuthenticated = true;
        return Accept(id, isHello);
    }

    private MessageOutcome Accept(ReadOnlySpan<byte> id, bool isHello)
    {
        if (isHello)
        {
            Volatile.Write(ref _saidHello, true);
            HelloJson.WriteHello(context, options, id);
        }
        else
        {
            HelloJson.WriteAuthenticated(context, id);
        }

        return MessageOutcome.Continue;
    }

    private MessageOutcome Refuse(ReadOnlySpan<byte> id, ErrorCode code, string? message, bool close)
    {
        HelloJson.WriteRefused(context, id, code, message);
        if (!close)
            return MessageOutcome.Continue;
        context.Close(new CloseReason(CloseReason.PolicyCode, "Unauthorized."));
        return MessageOutcome.Close;
    }
}
