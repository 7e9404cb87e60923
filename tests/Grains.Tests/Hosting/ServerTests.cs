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
    [InlineData("Listen:Typo", "127.0.0.1:0", "Grains:Listen:Typo: there is no such setting.")]
    [InlineData("Listn:Http", "127.0.0.1:0", "Grains:Listn: there is no such setting.")]
    [InlineData("Topics:DefaultRetention:MessagesMx", "1", "Grains:Topics:DefaultRetention:MessagesMx: there is no such setting.")]
    [InlineData("Listen:Tcp:Port", "1", "Grains:Listen:Tcp:Port: there is no such setting.")]
    [InlineData("Transport:Use", "pigeons", "Grains:Transport:Use must be auto, epoll or sockets.")]
    [InlineData("Transport:Threads", "65", "Grains:Transport:Threads must be between 0 and 64.")]
    [InlineData("Samples", "maybe", "Grains:Samples: 'maybe' is not true or false.")]
    [InlineData("ShutdownTimeout", "soon", "Grains:ShutdownTimeout: 'soon' is not a time such as 00:00:10.")]
    [InlineData("Cache:MemoryBytesMax", "1", "MemoryBytesMax")]
    [InlineData("Cache:ValueBytesMax", "20971520", "Grains:Cache:ValueBytesMax is 20971520")]
    [InlineData("Cache:Namespaces:ListBytesMax", "10485761", "Grains:Cache:Namespaces:ListBytesMax is 10485761")]
    [InlineData("Topics:QueueMessagesMax", "0", "QueueMessagesMax")]
    [InlineData("Limits:JsonDepthMax", "many", "Grains:Limits:JsonDepthMax: 'many' is not a whole number that fits.")]
    [InlineData("Engine", "orleans", "Grains:Engine")]
    [InlineData("Authentication:Tokens:web", "plain", "hash-key")]
    public async Task A_wrong_setting_is_named_and_the_server_does_not_start(string name, string value, string told)
    {
        var error = await Assert.ThrowsAsync<GrainsSettingsException>(() => TestServer.StartAsync(new Dictionary<string, string> { [name] = value }));

        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("Binder", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_unknown_name_is_told_at_once()
    {
        var error = await Assert.ThrowsAsync<GrainsSettingsException>(() => TestServer.StartAsync(new Dictionary<string, string>
        {
            ["Listen:Htpp"] = "off", ["Listen:Tpc"] = "off", ["Limits:MessageBytes"] = "1",
        }));

        Assert.Equal(
            ["Grains:Limits:MessageBytes: there is no such setting.", "Grains:Listen:Htpp: there is no such setting.", "Grains:Listen:Tpc: there is no such setting."],
            error.Errors.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Tls:Certificate", "missing.pem", "Grains:Tls:Certificate: there is no file 'missing.pem'.")]
    [InlineData("Tls:Key", "missing.key", "Grains:Tls:Key: there is no file 'missing.key'.")]
    [InlineData("Tls:Certificate", "Grains.Core.dll", "Grains:Tls:Certificate '")]
    [InlineData("Tls:Key", "Grains.Core.dll", "cannot be read: ")]
    [InlineData("Tls:Password", "wrong", "cannot be read: ")]
    public async Task A_certificate_that_cannot_be_read_is_a_wrong_setting(string name, string value, string told)
    {
        var file = value.EndsWith(".dll", StringComparison.Ordinal) ? Path.Combine(AppContext.BaseDirectory, value) : value;

        var error = await Assert.ThrowsAsync<GrainsSettingsException>(
            () => TestServer.StartAsync(new Dictionary<string, string> { [name] = file }, tls: true));

        Assert.Contains(told, error.Message, StringComparison.Ordinal);
        Assert.Equal(2, error.Errors.Count);
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
