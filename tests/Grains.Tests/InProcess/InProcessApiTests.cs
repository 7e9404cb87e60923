using Grains.Tests.Client;
using Grains.Tests.Hosting;

namespace Grains.Tests.InProcess;

public sealed class CacheApiInProcessTests : CacheApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => new(server.Grains);
}

public sealed class TopicApiInProcessTests : TopicApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => new(server.Grains);
}

public sealed class FunctionApiInProcessTests : FunctionApiContract
{
    protected override ValueTask<IGrains> StartAsync(TestServer server) => new(server.Grains);
}
