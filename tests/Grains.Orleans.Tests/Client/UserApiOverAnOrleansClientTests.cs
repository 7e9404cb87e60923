using Grains.Tests.Client;
using Grains.Tests.Hosting;

namespace Grains.Orleans.Tests.Client;

/// <summary>The contracts of the user API over an Orleans client of two silos. Of the test's server they use the clock alone.</summary>
public static class UserApiOverAnOrleansClientTests
{
    public sealed class Cache : CacheApiContract
    {
        protected override ValueTask<IGrains> StartAsync(TestServer server) => UserApiOverAnOrleansClientTests.StartAsync(server);
    }

    public sealed class Topics : TopicApiContract
    {
        protected override ValueTask<IGrains> StartAsync(TestServer server) => UserApiOverAnOrleansClientTests.StartAsync(server);
    }

    public sealed class Functions : FunctionApiContract
    {
        protected override ValueTask<IGrains> StartAsync(TestServer server) => UserApiOverAnOrleansClientTests.StartAsync(server);
    }

    private static async ValueTask<IGrains> StartAsync(TestServer server) => await ClientCluster.StartAsync(server.Time);
}
