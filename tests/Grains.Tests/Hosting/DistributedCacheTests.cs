using Grains.Gateway.Hosting;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Tests.Hosting;

public sealed class DistributedCacheTests
{
    private static readonly byte[] Bytes = [1, 2, 0, 255];

    [Fact]
    public async Task What_was_set_is_got_until_it_is_removed()
    {
        await using var server = await TestServer.StartAsync();
        var cache = server.Services.GetRequiredService<IDistributedCache>();

        Assert.Null(await cache.GetAsync("a", TestContext.Current.CancellationToken));
        await cache.SetAsync("a", Bytes, TestContext.Current.CancellationToken);
        Assert.Equal(Bytes, await cache.GetAsync("a", TestContext.Current.CancellationToken));
        Assert.Equal(Bytes, cache.Get("a"));
        cache.Remove("a");
        Assert.Null(cache.Get("a"));
    }

    [Fact]
    public async Task A_sliding_entry_lives_as_long_as_it_is_read_and_not_past_its_absolute_end()
    {
        await using var server = await TestServer.StartAsync(manualTime: true);
        var cache = server.Services.GetRequiredService<IDistributedCache>();
        cache.Set("a", Bytes, new DistributedCacheEntryOptions
        {
            SlidingExpiration = TimeSpan.FromMinutes(2),
            AbsoluteExpirationRelativeToNow = TimeSpan.FromMinutes(5),
        });

        server.Time!.Advance(TimeSpan.FromSeconds(90));
        Assert.NotNull(cache.Get("a"));
        server.Time.Advance(TimeSpan.FromSeconds(90));
        cache.Refresh("a");
        server.Time.Advance(TimeSpan.FromSeconds(90));
        Assert.NotNull(cache.Get("a"));
        server.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.Null(cache.Get("a"));
    }

    [Fact]
    public async Task An_unread_sliding_entry_goes_after_its_time()
    {
        await using var server = await TestServer.StartAsync(manualTime: true);
        var cache = server.Services.GetRequiredService<IDistributedCache>();
        cache.Set("a", Bytes, new DistributedCacheEntryOptions { SlidingExpiration = TimeSpan.FromMinutes(2) });

        server.Time!.Advance(TimeSpan.FromMinutes(2.1));

        Assert.Null(cache.Get("a"));
    }

    [Fact]
    public async Task The_entries_are_bytes_in_a_namespace_of_their_own()
    {
        await using var server = await TestServer.StartAsync();
        server.Services.GetRequiredService<IDistributedCache>().Set("a", Bytes, new DistributedCacheEntryOptions());

        var reply = await server.Grains.Cache.ExecuteAsync((GrainsDistributedCache.Namespace, "a"), CacheCommand.Get, TestContext.Current.CancellationToken);

        Assert.Equal(Value.FromBytes(Bytes), reply.Value);
    }
}
