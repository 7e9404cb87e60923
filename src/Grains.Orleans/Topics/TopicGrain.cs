using Grains.Engine;
using Grains.Orleans.Cluster;
using Grains.Topics;
using Orleans;
using Orleans.Concurrency;
using Orleans.Placement;
using Orleans.Runtime;

namespace Grains.Orleans.Topics;

/// <summary>
/// One topic. The rules, the log and the readers are <see cref="HostedTopics"/>'; the grain decides which silo has them. While anything is kept of
/// the topic its activation stays; when the silo stops it moves to another with everything it has. Publishes do not wait for each other: an
/// acknowledgement waits for the silos that have subscriptions, so that a publisher's order over several topics is its readers' too, but not
/// longer than <see cref="SiloOutbox.LateAfter"/> for one that does not answer.
/// </summary>
[Reentrant, RandomPlacement]
internal sealed class TopicGrain(
    HostedTopics topics, Moves moves, EngineSettings settings, [PersistentState("topic", OrleansNames.Storage)] IPersistentState<StoredTopic> stored)
    : Grain, ITopicGrain, IGrainMigrationParticipant, IDisposable
{
    private string _name = "";
    private volatile bool _kept;
    private long _movingBytes;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _name = this.GetPrimaryKeyString();
        if (stored.State.Image is not { } image)
            return;
        topics.Put(_name, image);
        stored.State.Image = null;
        Keep();
        // What has been taken up must not be found again by a later activation.
        if (stored.RecordExists)
            await stored.ClearStateAsync(cancellationToken);
    }

    public async ValueTask<PublishReply> PublishAsync(TopicMessage message, string? opId)
    {
        if (FaultOf(message.Topic) is { } fault)
            return PublishReply.Fail(ErrorCode.InvalidName, fault);
        if (TopicNames.FaultOf(message, settings.Topics) is { } wrong)
            return PublishReply.Fail(ErrorCode.InvalidArgument, wrong);
        var reply = topics.Host.Publish(default, message, opId);
        Keep();
        if (reply.Error != ErrorCode.None)
            return reply;
        var sending = topics.SentAsync(_name, new TopicPosition(reply.Epoch, reply.Offset + 1));
        if (!sending.IsCompleted)
        {
            await sending.WaitAsync(SiloOutbox.LateAfter)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        return reply;
    }

    public ValueTask<TopicReply> ExecuteAsync(TopicCommand command)
    {
        if (FaultOf(command.Topic) is { } fault)
            return new(TopicReply.Fail(ErrorCode.InvalidName, fault));
        var reply = topics.Host.Execute(command);
        Keep();
        return new(reply);
    }

    public ValueTask<ReadReply> ReadAsync(ReadCommand command) => new(FaultOf(command.Topic) is { } fault
        ? ReadReply.Fail(ErrorCode.InvalidName, fault)
        : topics.Host.Read(command));

    public ValueTask<LogPage> LogAsync(long epoch, long from, int bytesMax) =>
        new(topics.Log(_name, epoch, from, Math.Min(bytesMax, LogPage.BytesMax)));

    public void OnDehydrate(IDehydrationContext dehydrationContext) => stored.State.Image = topics.Take(_name, moves.ImageBytesMax);

    public void OnRehydrate(IRehydrationContext rehydrationContext)
    {
        // The stored state travels by itself, and is taken up when the grain activates.
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        topics.Detach(_name, this);
        if (!topics.Has(_name) || reason.ReasonCode == DeactivationReasonCode.Migrating)
            return;
        if (reason.ReasonCode == DeactivationReasonCode.ShuttingDown)
        {
            _movingBytes = Math.Min(topics.BytesOf(_name), moves.ImageBytesMax);
            await moves.EnterAsync(_movingBytes, cancellationToken);
            GrainContext.Migrate(null, cancellationToken);
            return;
        }

        stored.State.Image = topics.Take(_name, moves.ImageBytesMax);
        await stored.WriteStateAsync(cancellationToken);
    }

    /// <summary>When the activation has gone, and has arrived elsewhere if it moved.</summary>
    public void Dispose() => moves.Leave(_movingBytes);

    /// <summary>From any thread: nothing is kept any more, so the activation may go when it is idle.</summary>
    public void Release()
    {
        _kept = false;
        DelayDeactivation(TimeSpan.Zero);
    }

    /// <summary>Programs may call the grain, not only this project's engines.</summary>
    private string? FaultOf(string topic) =>
        topic == _name ? TopicNames.FaultOf(topic, settings.Topics) : "The topic is not the one that the grain is named for.";

    private void Keep()
    {
        if (_kept)
            return;
        topics.Attach(_name, this);
        if (!topics.Has(_name))
        {
            topics.Detach(_name, this);
            return;
        }

        _kept = true;
        DelayDeactivation(Timeout.InfiniteTimeSpan);
        // It may have gone since the first look, and what was released then has just been kept again.
        if (!topics.Has(_name))
            Release();
    }
}
