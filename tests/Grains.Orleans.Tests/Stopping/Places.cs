using Grains.Orleans.Cache;
using Grains.Orleans.Functions;
using Grains.Orleans.Topics;
using Grains.Tests.Functions;
using Grains.Tests.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Orleans.Tests.Stopping;

/// <summary>Makes keys, topics and functions until each of two servers has some, and tells which has which.</summary>
/// <param name="first">The server that can be looked into; what it does not have the other has.</param>
internal sealed class Places(TestServer first)
{
    private const int OfEach = 4;
    private const int TriesMax = 400;

    /// <summary>Keys of a namespace, each counted up once.</summary>
    public async Task<(IReadOnlyList<CacheKey> First, IReadOnlyList<CacheKey> Second)> KeysAsync(string name, params ICache[] caches)
    {
        var part = first.Services.GetRequiredService<CachePart>();
        return await SpreadAsync(i => new CacheKey(name, $"key-{i}"), async (key, i) =>
        {
            await caches[i % caches.Length].IncrementAsync(key);
            var here = await part.Keys.ExecuteAsync(new NamespaceCommand("list", name) { MaxEntries = TriesMax });
            return here.Keys.Any(found => found.Contains(key.Identifier, StringComparison.Ordinal) && found.Split(':').Contains(key.Identifier));
        });
    }

    /// <summary>Topics below a first word, each with one message.</summary>
    public async Task<(IReadOnlyList<string> First, IReadOnlyList<string> Second)> TopicsAsync(
        string name, Dictionary<string, TopicPosition> next, params ITopics[] topics)
    {
        var hosted = first.Services.GetRequiredService<HostedTopics>();
        return await SpreadAsync(i => $"{name}.{i}", async (topic, i) =>
        {
            var reply = await topics[i % topics.Length].PublishAsync(topic, -1L - i);
            next[topic] = new TopicPosition(reply.Epoch, reply.Offset + 1);
            return hosted.Has(topic);
        });
    }

    /// <summary>Functions that one client offers; the server is the one that decides who runs them.</summary>
    public async Task<(IReadOnlyList<string> First, IReadOnlyList<string> Second)> FunctionsAsync(
        string name, IFunctions provider, Delegate function, params IFunctions[] others)
    {
        var host = first.Services.GetRequiredService<OrleansFunctions>().Host;
        return await SpreadAsync(i => $"{name}-{i}", async (offered, i) =>
        {
            // It is decided near to who offers it first.
            await using (await others[i % others.Length].OfferAsync(offered, () => { }))
                await provider.OfferAsync(offered, function);
            return host.IsOffered(offered);
        });
    }

    private static async Task<(IReadOnlyList<T> First, IReadOnlyList<T> Second)> SpreadAsync<T>(Func<int, T> make, Func<T, int, Task<bool>> place)
    {
        var (atFirst, atSecond) = (new List<T>(), new List<T>());
        for (var i = 0; i < TriesMax && (atFirst.Count < OfEach || atSecond.Count < OfEach); i++)
        {
            var made = make(i);
            (await place(made, i).OrFail() ? atFirst : atSecond).Add(made);
        }

        Assert.True(atFirst.Count >= OfEach && atSecond.Count >= OfEach, $"{atFirst.Count} here and {atSecond.Count} there");
        return (atFirst, atSecond);
    }
}
