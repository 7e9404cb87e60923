using Microsoft.Extensions.Options;
using Orleans;
using Orleans.Configuration;
using Orleans.Runtime;

namespace Grains.Orleans.Cluster;

/// <summary>
/// How much a stopping silo sends away at once. Orleans puts what is ready into one message, and of one that is longer than a message may be nothing
/// arrives: so keys and topics wait for each other.
/// </summary>
internal sealed class Moves(IOptions<SiloMessagingOptions> messages) : ILifecycleParticipant<ISiloLifecycle>
{
    /// <summary>How long the silo stays after something has moved: requests that it has passed on are lost with it, as Orleans counts
    /// them, until they are answered.</summary>
    private static readonly TimeSpan StaysFor = TimeSpan.FromMilliseconds(200);

    private readonly Lock _lock = new();
    private readonly Queue<(long Bytes, TaskCompletionSource Entered)> _waiting = new();
    private readonly long _atOnceBytesMax = messages.Value.MaxMessageBodySize / 4;
    private long _bytes;
    private volatile bool _hasMoved;

    /// <summary>What one of them may be.</summary>
    public long ImageBytesMax { get; } = messages.Value.MaxMessageBodySize / 2;

    /// <summary>Waits until so many bytes more may be on their way. Whoever has waited leaves, also when it did not wait to the end.</summary>
    public Task EnterAsync(long bytes, CancellationToken cancellationToken)
    {
        _hasMoved = true;
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _waiting.Enqueue((bytes, entered));
            LetIn();
        }

        return entered.Task.WaitAsync(cancellationToken);
    }

    public void Leave(long bytes)
    {
        lock (_lock)
        {
            _bytes -= bytes;
            LetIn();
        }
    }

    public void Participate(ISiloLifecycle lifecycle) => lifecycle.Subscribe(
        nameof(Moves), ServiceLifecycleStage.ApplicationServices, static _ => Task.CompletedTask, StayAsync);

    private Task StayAsync(CancellationToken cancellationToken) =>
        _hasMoved ? Task.Delay(StaysFor, cancellationToken) : Task.CompletedTask;

    /// <summary>One that is larger than may be on their way together goes alone.</summary>
    private void LetIn()
    {
        while (_waiting.TryPeek(out var next) && (_bytes <= 0 || _bytes + next.Bytes <= _atOnceBytesMax))
        {
            _waiting.Dequeue();
            _bytes += next.Bytes;
            next.Entered.SetResult();
        }
    }
}
