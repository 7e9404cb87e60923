using Grains.Tests.Hosting;

namespace Grains.Tests.Client;

/// <summary>What the user API promises, wherever it runs: in the server's process or over a wire. Each implementation is one line.
/// The server's clock stands unless a test advances it.</summary>
public abstract class UserApiContract : IAsyncLifetime
{
    private TestServer? _server;
    private IGrains? _grains;

    protected TestServer Server => _server!;

    protected IGrains Grains => _grains!;

    protected ICache Cache => Grains.Cache;

    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A user of a server that has just been started.</summary>
    protected abstract ValueTask<IGrains> StartAsync(TestServer server);

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(manualTime: true, tls: true);
        _grains = await StartAsync(_server);
    }

    public async ValueTask DisposeAsync()
    {
        if (_grains is IAsyncDisposable user)
            await user.DisposeAsync();
        await _server!.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected sealed record Person(string Name, int Age);

    protected static CacheKey Key(string identifier) => new("contract", identifier);
}
