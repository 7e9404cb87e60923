using System.Net;
using System.Text.Json.Nodes;
using Grains.Gateway.Hosting;
using Grains.Tests.Faults;

namespace Grains.Tests.Hosting;

public sealed class ServerTests
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_answers_200_when_the_server_takes_requests(string path)
    {
        await using var server = await TestServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.AddressOf("http") };

        Assert.Equal(HttpStatusCode.OK, (await http.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_plain_request_to_the_front_door_is_told_to_upgrade()
    {
        await using var server = await TestServer.StartAsync();
        using var http = new HttpClient { BaseAddress = server.AddressOf("http") };

        Assert.Equal(HttpStatusCode.UpgradeRequired, (await http.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("Listen:Tcp", "nonsense", "Grains:Listen:Tcp")]
    [InlineData("Listen:Tcp", "0.0.0.0:0", "Grains:Listen:Tcp listens beyond this machine")]
    [InlineData("Listen:Tcps", "127.0.0.1:0", "Grains:Tls:Certificate is not set")]
    [InlineData("Listen:Typo", "127.0.0.1:0", "Typo")]
    [InlineData("Cache:MemoryBytesMax", "1", "MemoryBytesMax")]
    [InlineData("Cache:ValueBytesMax", "20971520", "Grains:Cache:ValueBytesMax is 20971520")]
    [InlineData("Cache:Namespaces:ListBytesMax", "10485761", "Grains:Cache:Namespaces:ListBytesMax is 10485761")]
    [InlineData("Topics:QueueMessagesMax", "0", "QueueMessagesMax")]
    [InlineData("Limits:JsonDepthMax", "many", "JsonDepthMax")]
    [InlineData("Engine", "orleans", "Grains:Engine")]
    [InlineData("Authentication:Tokens:web", "plain", "hash-key")]
    public async Task A_wrong_setting_is_named_and_the_server_does_not_start(string name, string value, string told)
    {
        var error = await Assert.ThrowsAsync<GrainsSettingsException>(() => TestServer.StartAsync(new Dictionary<string, string> { [name] = value }));

        Assert.Contains(told, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_and_times_are_read_from_the_configuration()
    {
        await using var server = await TestServer.StartAsync(new Dictionary<string, string>
        {
            ["Cache:PublishChangesOf:0"] = "audited",
            ["Cache:OpIdKeepFor"] = "00:01:00",
            ["Topics:DefaultRetention:MessagesMax"] = "7",
            ["Resources:0"] = "gpu",
        });
        var settings = (GrainsSettings)server.Services.GetService(typeof(GrainsSettings))!;

        Assert.Equal("audited", Assert.Single(settings.Cache.PublishChangesOf));
        Assert.Equal(TimeSpan.FromMinutes(1), settings.Cache.OpIdKeepFor);
        Assert.Equal(7, settings.Topics.DefaultRetention.MessagesMax);
        Assert.Equal("gpu", Assert.Single(settings.Grains.Resources));
        Assert.Equal(1_000, new TopicRetention().MessagesMax);
    }
}
