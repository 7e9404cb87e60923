using System.Collections.Concurrent;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>Publishes numbers to topics in turn and keeps what was acknowledged. No number is published twice: of one whose outcome is not known
/// nothing is expected, but that it does not come twice.</summary>
/// <param name="topics">Where.</param>
/// <param name="names">The topics.</param>
/// <param name="first">The first number; no other publisher has any of the million that follow.</param>
internal sealed class Publisher(ITopics topics, IReadOnlyList<string> names, long first)
{
    private readonly ConcurrentQueue<Published> _acknowledged = new();
    private readonly ConcurrentQueue<string> _refusals = new();
    private long _next = first;
    private volatile bool _stopping;
    private Task _publishing = Task.CompletedTask;

    /// <summary>Acknowledgements.</summary>
    public Counter Done { get; } = new();

    public IReadOnlyCollection<Published> Acknowledged => _acknowledged;

    /// <summary>Why publishes were not acknowledged.</summary>
    public IReadOnlyCollection<string> Refusals => _refusals;

    public void Start() => _publishing = Task.Run(RunAsync);

    /// <summary>Ends the publishing, and then publishes once more to each topic, until it is acknowledged: who has that has everything.</summary>
    public async Task FinishAsync()
    {
        _stopping = true;
        await _publishing.WaitAsync(Counter.Patience);
        foreach (var name in names)
        {
            while (!await TryPublishAsync(name))
            {
                // It tries on.
            }
        }
    }

    private async Task RunAsync()
    {
        while (!_stopping)
        {
            foreach (var name in names)
                await TryPublishAsync(name);
        }
    }

    private async Task<bool> TryPublishAsync(string name)
    {
        var number = _next++;
        try
        {
            var reply = await topics.PublishAsync(new TopicMessage(name, Value.From(number)));
            if (reply.Error == ErrorCode.None)
            {
                _acknowledged.Enqueue(new Published(name, reply.Epoch, reply.Offset, number));
                Done.Add();
                return true;
            }

            _refusals.Enqueue($"{name}: {reply.Error} {reply.Message}");
        }
        catch (GrainsException error)
        {
            _refusals.Enqueue($"{name}: {error.Code} {error.Message}");
        }

        // Nobody gains by trying as fast as can be.
        await Task.Delay(TimeSpan.FromMilliseconds(5));
        return false;
    }
}
