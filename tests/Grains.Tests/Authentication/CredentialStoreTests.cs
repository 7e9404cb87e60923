using Grains.Gateway.Authentication;

namespace Grains.Tests.Authentication;

public sealed class CredentialStoreTests
{
    [Fact]
    public void A_secret_is_known_by_its_hash_and_only_in_its_own_place()
    {
        var secret = SecretHash.NewSecret();
        var options = new AuthenticationOptions { Tokens = { ["web"] = SecretHash.Of(secret) }, ApiKeys = { ["batch"] = SecretHash.Of("other") } };
        var store = new CredentialStore(options);

        Assert.True(store.IsRequired);
        Assert.Equal("web", store.FindClient(secret, null));
        Assert.Null(store.FindClient(null, secret));
        Assert.Equal("batch", store.FindClient("wrong", "other"));
        Assert.Null(store.FindClient("", ""));
        Assert.Null(store.FindClient(secret + "x", null));
    }

    [Fact]
    public void Without_credentials_in_the_settings_none_are_required() => Assert.False(new CredentialStore(new AuthenticationOptions()).IsRequired);

    [Fact]
    public void A_hash_of_another_form_is_reported()
    {
        var options = new AuthenticationOptions { Tokens = { ["web"] = "plain-secret" }, AllowedOrigins = { "ftp" } };

        Assert.Equal(2, options.Validate().Count());
    }
}
