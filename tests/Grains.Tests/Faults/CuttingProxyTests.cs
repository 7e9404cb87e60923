namespace Grains.Tests.Faults;

public sealed class CuttingProxyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(65_536)]
    public async Task A_transparent_link_passes_everything_whatever_the_size_of_its_pieces(int chunkBytes)
    {
        await using var server = new EchoServer();
        await using var proxy = new CuttingProxy(server.EndPoint, _ => new LinkPlan { ChunkBytesMax = chunkBytes });
        await using var client = await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token);

        foreach (var message in new[] { [], new byte[] { 1, 2, 3 }, new byte[20_000] })
        {
            await client.SendAsync(message, Token);
            Assert.Equal(message, await client.ReceiveAsync(Token));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public async Task A_link_is_cut_after_exactly_so_many_bytes_to_the_server(int bytes)
    {
        await using var server = new EchoServer();
        var proxy = new CuttingProxy(server.EndPoint, _ => new LinkPlan { CutAfterBytesToServer = bytes });
        await using var client = await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token);

        await client.SendAsync(new byte[] { 1, 2, 3, 4, 5, 6, 7, 8 }, Token);

        Assert.Null(await client.ReceiveAsync(Token));
        await proxy.DisposeAsync();
        Assert.Equal(bytes, (await server.StopAsync()).Length);
    }

    [Fact]
    public async Task A_link_is_cut_in_the_middle_of_an_answer()
    {
        await using var server = new EchoServer();
        await using var proxy = new CuttingProxy(server.EndPoint, _ => new LinkPlan { CutAfterBytesToClient = 10 });
        await using var client = await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token);

        await client.SendAsync(new byte[] { 1 }, Token);
        await client.SendAsync(new byte[] { 2, 2 }, Token);

        Assert.Equal([1], await client.ReceiveAsync(Token));
        Assert.Null(await client.ReceiveAsync(Token));
        Assert.Equal(10, proxy.Links[0].BytesToClient);
    }

    [Fact]
    public async Task A_link_that_works_can_be_told_to_cut_later()
    {
        await using var server = new EchoServer();
        await using var proxy = new CuttingProxy(server.EndPoint);
        await using var client = await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token);
        await client.SendAsync(new byte[] { 1 }, Token);
        Assert.Equal([1], await client.ReceiveAsync(Token));

        proxy.Links[0].CutAfterMoreToClient(7);
        await client.SendAsync(new byte[] { 2 }, Token);
        Assert.Equal([2], await client.ReceiveAsync(Token));
        await client.SendAsync(new byte[] { 3 }, Token);

        Assert.Null(await client.ReceiveAsync(Token));
        Assert.Equal(12, proxy.Links[0].BytesToClient);
    }

    [Fact]
    public async Task A_stalled_link_passes_nothing_until_it_is_resumed()
    {
        await using var server = new EchoServer();
        await using var proxy = new CuttingProxy(server.EndPoint);
        await using var client = await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token);
        await client.SendAsync(new byte[] { 1 }, Token);
        Assert.Equal([1], await client.ReceiveAsync(Token));

        proxy.Links[0].Stall();
        await client.SendAsync(new byte[] { 2 }, Token);
        var answer = client.ReceiveAsync(Token).AsTask();
        Assert.Equal(5, proxy.Links[0].BytesToServer);
        proxy.Links[0].Resume();

        Assert.Equal([2], await answer);
    }

    [Fact]
    public async Task A_cut_connection_ends_its_sessions_requests_as_unknown()
    {
        await using var server = new EchoServer();
        await using var proxy = new CuttingProxy(server.EndPoint);
        await using var session = new WireSession(await RawTcpClient.ConnectAsync(proxy.EndPoint, cancellationToken: Token));
        Assert.Equal("u1", (await session.RequestAsync("\"role\":\"x\"", Token)).GetProperty("u").GetString());

        proxy.Links[0].Stall();
        var request = session.RequestAsync("\"role\":\"x\"", Token);
        proxy.CutAll();

        await Assert.ThrowsAsync<IOException>(() => request);
        await Assert.ThrowsAsync<IOException>(() => session.RequestAsync("\"role\":\"x\"", Token));
    }
}
