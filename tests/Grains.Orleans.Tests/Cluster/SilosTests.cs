using System.Threading.Channels;
using Grains.Orleans.Cluster;
using Grains.Tests;
using Grains.Tests.Contracts;
using Microsoft.Extensions.Logging;
using Orleans.Runtime;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>What has to reach other silos reaches them, and no failure ends the watch over them.</summary>
public sealed class SilosTests : IDisposable
{
    private readonly EngineErrors _errors = new();
    private readonly ILoggerFactory _logging;
    private readonly KnownSilos _known;

    public SilosTests()
    {
        _logging = LoggerFactory.Create(logging => logging.AddProvider(_errors));
        _known = new KnownSilos(_logging.CreateLogger<Silos>());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_silo_is_told_until_it_has_heard(bool isFault)
    {
        var other = KnownSilos.Address(1);
        _known.Set(other, SiloStatus.Active);
        var attempts = 0;
        await _known.Silos.TellAsync(other, _ => ++attempts < 3
            ? throw (isFault ? new InvalidOperationException("fault") : new TimeoutException())
            : Task.CompletedTask).WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, attempts);
        Assert.Equal(isFault ? 2 : 0, _errors.All.Count);
    }

    [Fact]
    public async Task A_silo_that_is_gone_is_told_nothing_more()
    {
        var other = KnownSilos.Address(1);
        _known.Set(other, SiloStatus.Active);
        var attempts = 0;
        await _known.Silos.TellAsync(other, _ =>
        {
            if (++attempts == 2)
                _known.Set(other, SiloStatus.Dead);
            throw new TimeoutException();
        }).WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(2, attempts);
        await _known.Silos.TellAsync(other, _ => throw new InvalidOperationException("not asked"));
        Assert.Empty(_errors.All);
    }

    [Fact]
    public async Task A_silo_that_counts_as_active_and_does_not_answer_is_asked_for_some_seconds()
    {
        var time = new ManualTime();
        using var known = new KnownSilos(_logging.CreateLogger<Silos>(), time);
        known.Set(KnownSilos.Address(1), SiloStatus.Active);
        var attempts = 0;
        await Assert.ThrowsAsync<NodeLostException>(() => known.Silos.AskAllAsync<int>(silo =>
        {
            if (silo.Equals(known.SiloAddress))
                return Task.FromResult(0);
            attempts++;
            time.Advance(TimeSpan.FromSeconds(4));
            throw new TimeoutException();
        })).WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, attempts);
    }

    [Fact]
    public async Task When_this_silo_has_stopped_nobody_is_told_anything()
    {
        var other = KnownSilos.Address(1);
        _known.Set(other, SiloStatus.Active);
        await _known.Silos.TellAsync(other, _ =>
        {
            _known.Silos.Dispose();
            throw new TimeoutException();
        }).WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.False(_known.Silos.MayLive(other));
    }

    [Fact]
    public async Task A_change_that_is_not_taken_in_is_logged_and_the_next_is_told()
    {
        var seen = Channel.CreateUnbounded<string>();
        using var stopping = new CancellationTokenSource();
        var watching = _known.Silos.WatchAsync(
            silo => SeeAsync($"joined {silo.Endpoint.Port}"), silo => SeeAsync($"left {silo.Endpoint.Port}"), stopping.Token);
        _known.Set(KnownSilos.Address(1), SiloStatus.Active);
        Assert.Equal("joined 1", await ReadAsync());
        _known.Set(KnownSilos.Address(1), SiloStatus.Dead);
        Assert.Equal("left 1", await ReadAsync());
        _known.Set(KnownSilos.Address(2), SiloStatus.Active);
        Assert.Equal("joined 2", await ReadAsync());
        await stopping.CancelAsync();
        await watching.WaitAsync(RecordingConnections.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(3, _errors.All.Count);

        Task SeeAsync(string what)
        {
            seen.Writer.TryWrite(what);
            throw new InvalidOperationException(what);
        }

        Task<string> ReadAsync() =>
            seen.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(RecordingConnections.Patience);
    }

    public void Dispose()
    {
        _known.Dispose();
        _logging.Dispose();
        _errors.Dispose();
    }
}
