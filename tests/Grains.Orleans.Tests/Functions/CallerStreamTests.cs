using Grains.Orleans.Functions;
using Grains.Tests.Functions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Grains.Orleans.Tests.Functions;

/// <summary>The items of a call reach its caller at another silo in order, each once; a stream of which too much waits is cut.</summary>
public sealed class CallerStreamTests
{
    private readonly List<string> _sent = [];
    private readonly TaskCompletionSource _way = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _cancels;

    [Fact]
    public async Task Items_of_several_threads_come_once()
    {
        var stream = Stream();
        _way.SetResult();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 100; i++)
                stream.Add(Value.From($"{thread:d1}{i:d3}"));
        })));
        Assert.Null(await stream.EndAsync().OrFail());
        Assert.Equal(800, _sent.Count);
        Assert.Equal(800, _sent.Distinct().Count());
        for (var thread = 0; thread < 8; thread++)
        {
            var own = _sent.Where(item => item[1] == (char)('0' + thread)).ToList();
            Assert.Equal(own.Order(StringComparer.Ordinal), own);
        }
    }

    [Fact]
    public async Task More_than_may_wait_cuts_the_stream_once()
    {
        var stream = Stream(waitingBytesMax: 1000);
        for (var i = 0; i < 100; i++)
            stream.Add(Value.From(new string('x', 298)));
        Assert.Equal(1, _cancels);
        _way.SetResult();
        Assert.Equal(ErrorCode.SlowReader, (await stream.EndAsync().OrFail())?.Error);
        Assert.Single(_sent);
    }

    [Fact]
    public async Task One_item_may_be_larger_than_what_may_wait()
    {
        var stream = Stream(waitingBytesMax: 1000);
        _way.SetResult();
        stream.Add(Value.From(new string('x', 5000)));
        Assert.Null(await stream.EndAsync().OrFail());
        Assert.Equal((1, 0), (_sent.Count, _cancels));
    }

    [Fact]
    public async Task After_an_item_that_was_lost_comes_nothing_more()
    {
        var stream = Stream();
        for (var i = 0; i < 3; i++)
            stream.Add(Value.From(i));
        _way.SetException(new TimeoutException());
        Assert.Equal(ErrorCode.NodeLost, (await stream.EndAsync().OrFail())?.Error);
        Assert.Equal((1, 1), (_sent.Count, _cancels));
    }

    private CallerStream Stream(long waitingBytesMax = 1_000_000) => new(
        item =>
        {
            _sent.Add(item.ToString());
            return _way.Task;
        },
        waitingBytesMax,
        () => _cancels++,
        NullLogger.Instance);
}
