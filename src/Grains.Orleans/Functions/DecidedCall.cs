using Grains.Engine;
using Grains.Orleans.Cluster;
using Orleans.Runtime;

namespace Grains.Orleans.Functions;

/// <summary>A call of a function that connections offer: made at the silo that decides it.</summary>
internal sealed class DecidedCall(OrleansFunctions functions, Deciders deciders, CallCommand command)
{
    private readonly Lock _lock = new();
    private SiloAddress? _silo;
    private bool _isCancelled;

    public async Task<CallReply> RunAsync()
    {
        var name = command.Call.Function;
        for (SiloAddress? before = null; ;)
        {
            var silo = await deciders.OfAsync(name);
            if (!TryTake(silo))
                return CallReply.Fail(ErrorCode.Cancelled, "Cancelled", "The caller cancelled the call.");
            CallReply reply;
            try
            {
                reply = await functions.CallAtAsync(silo, command);
            }
            catch (Exception error) when (NodeLostException.IsOne(error))
            {
                deciders.Forget(name, silo);
                throw;
            }

            if (reply.Error != ErrorCode.FunctionNotFound || silo.Equals(before))
                return reply;
            // Nothing has run: the function may have moved.
            deciders.Forget(name, silo);
            before = silo;
        }
    }

    public Task CancelAsync()
    {
        lock (_lock)
        {
            _isCancelled = true;
            return _silo is null ? Task.CompletedTask : functions.CancelAtAsync(_silo, command.CallId);
        }
    }

    /// <returns>False when the call has been cancelled.</returns>
    private bool TryTake(SiloAddress silo)
    {
        lock (_lock)
        {
            _silo = silo;
            return !_isCancelled;
        }
    }
}
