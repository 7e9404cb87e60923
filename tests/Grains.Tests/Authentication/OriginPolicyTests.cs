using Grains.Gateway.Authentication;

namespace Grains.Tests.Authentication;

public sealed class OriginPolicyTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("http://localhost:3000", true)]
    [InlineData("http://127.0.0.1:5500", true)]
    [InlineData("http://[::1]:5500", true)]
    [InlineData("https://grains.example.com", false)]
    [InlineData("https://evil.example.com", false)]
    [InlineData("https://localhost.evil.example.com", false)]
    [InlineData("null", false)]
    [InlineData("nonsense", false)]
    public void By_default_only_pages_of_this_machine_may_connect(string? origin, bool allowed) =>
        Assert.Equal(allowed, new OriginPolicy(new AuthenticationOptions()).Allows(origin, "grains.example.com"));

    [Fact]
    public void Where_clients_authenticate_pages_of_the_same_host_may_connect_too()
    {
        var policy = new OriginPolicy(new AuthenticationOptions { Tokens = { ["web"] = SecretHash.Of("secret") } });

        Assert.True(policy.Allows("https://grains.example.com", "grains.example.com"));
        Assert.True(policy.Allows("http://localhost:3000", "grains.example.com"));
        Assert.False(policy.Allows("https://evil.example.com", "grains.example.com"));
    }

    [Theory]
    [InlineData("https://app.example.com", true)]
    [InlineData("https://APP.example.com", true)]
    [InlineData("http://app.example.com", false)]
    [InlineData("https://a.b.shop.test", true)]
    [InlineData("https://shop.test", false)]
    [InlineData("https://evilshop.test", false)]
    [InlineData("http://localhost:3000", false)]
    public void A_list_allows_what_it_names_and_nothing_else(string origin, bool allowed) =>
        Assert.Equal(allowed, new OriginPolicy(["https://app.example.com/", "https://*.shop.test"]).Allows(origin, "app.example.com"));

    [Fact]
    public void A_star_allows_every_page() => Assert.True(new OriginPolicy(["*"]).Allows("https://anything.test", "x"));
}
