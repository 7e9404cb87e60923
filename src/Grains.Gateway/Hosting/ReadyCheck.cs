using Grains.Engine;
using Grains.Gateway.Connections;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Grains.Gateway.Hosting;

/// <summary>Ready: the engine answers a read, and the front door lets connections in.</summary>
internal sealed class ReadyCheck(IEngine engine, ConnectionRunner runner) : IHealthCheck
{
    private static readonly CacheKey Probe = new("system.health", "probe");

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!runner.HasRoom)
            return HealthCheckResult.Unhealthy("The front door is full or stopping.");
        var reply = await engine.Cache.ExecuteAsync(Probe, CacheCommand.Exists);
        return reply.IsError ? HealthCheckResult.Unhealthy(reply.Message) : HealthCheckResult.Healthy();
    }
}
