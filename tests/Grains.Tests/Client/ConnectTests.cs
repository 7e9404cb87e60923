using System.Net;
using System.Net.Sockets;
using Grains.Client;
using Grains.Client.Connections;
using Request = Grains.Client.Connections.Request;
using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>What a program is told whose first connection does not come about.</summary>
public sealed class ConnectTests
{
    [Theory]
    [InlineData("wss")]
    [InlineData("tcps")]
    public async Task A_certificate_that_is_not_trusted_ends_the_first_connect_and_says_why(string scheme)
    {
        await using var server = await TestServer.StartAsync(tls: true);
        var endpoint = server.AddressOf(scheme).ToString();

        var refused = await Assert.ThrowsAsync<GrainsException>(() => GrainsClient.ConnectAsync(endpoint).WaitAsync(FakeConnection.Patience));

        Assert.Equal((ErrorCode.Unauthorized, Retry.No), (refused.Code, refused.Retry));
        Assert.Contains($"The certificate of {endpoint} is not trusted: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains("UntrustedRoot", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wss")]
    [InlineData("tcps")]
    public async Task A_certificate_for_another_name_is_refused_by_that_name(string scheme)
    {
        await using var server = await TestServer.StartAsync(tls: true);
        var options = new GrainsClientOptions(server.AddressOf(scheme).ToString())
        {
            Tls = new GrainsClientTlsOptions { TrustedAuthorities = [TestServer.Certificate], TargetHost = "elsewhere.example" },
        };

        var refused = await Assert.ThrowsAsync<GrainsException>(() => GrainsClient.ConnectAsync(options).WaitAsync(FakeConnection.Patience));

        Assert.Contains("it is not for elsewhere.example", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ws")]
    [InlineData("tcp")]
    public async Task A_cancelled_connect_names_the_address_and_holds_the_last_failure(string scheme)
    {
        var endpoint = $"{scheme}://127.0.0.1:{UnusedPort()}/";
        using var enough = new CancellationTokenSource();
        var options = new GrainsClientOptions(endpoint) { OnError = _ => enough.Cancel() };

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => GrainsClient.ConnectAsync(options, enough.Token).WaitAsync(FakeConnection.Patience));

        Assert.Contains(endpoint, cancelled.Message, StringComparison.Ordinal);
        Assert.Equal(enough.Token, cancelled.CancellationToken);
        var failure = Assert.IsType<GrainsException>(cancelled.InnerException);
        Assert.Contains(endpoint, failure.Message, StringComparison.Ordinal);
        Assert.IsType<SocketException>(failure.GetBaseException());
    }

    [Fact]
    public async Task An_address_alone_takes_a_token_too()
    {
        using var enough = new CancellationTokenSource();
        var connecting = GrainsClient.ConnectAsync($"tcp://127.0.0.1:{UnusedPort()}", enough.Token);

        await enough.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.WaitAsync(FakeConnection.Patience));
    }

    [Fact]
    public void A_request_that_was_withdrawn_is_not_sent_and_one_that_was_sent_is_not_withdrawn()
    {
        var withdrawn = new PendingAnswer(new Request(1, [], canRepeat: false), isBound: false);
        Assert.True(withdrawn.TryWithdraw());
        Assert.False(withdrawn.TrySend());
        Assert.False(withdrawn.IsSent);

        var sent = new PendingAnswer(new Request(2, [], canRepeat: true), isBound: false);
        Assert.True(sent.TrySend());
        Assert.False(sent.TryWithdraw());
        Assert.True(sent.TrySend(), "It is sent again on the next connection.");
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
