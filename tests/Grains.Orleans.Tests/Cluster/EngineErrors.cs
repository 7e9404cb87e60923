using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Grains.Orleans.Tests.Cluster;

/// <summary>Keeps what the engine logs as an error: where nothing is stopped or cut, a fault of its own that nobody else may have seen.</summary>
internal sealed class EngineErrors : ILoggerProvider
{
    private readonly ConcurrentQueue<string> _all = new();
    private readonly ConcurrentQueue<string> _others = new();

    /// <summary>The engine's own.</summary>
    public IReadOnlyCollection<string> All => _all;

    /// <summary>Those of Orleans: they say why a cluster did not start.</summary>
    public IReadOnlyCollection<string> Others => _others;

    public ILogger CreateLogger(string categoryName) =>
        new Category(categoryName, categoryName.StartsWith("Grains.", StringComparison.Ordinal) ? _all : _others);

    public void Dispose()
    {
    }

    private sealed class Category(string name, ConcurrentQueue<string> errors) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                errors.Enqueue($"{name} {eventId}: {formatter(state, exception)} {exception}");
        }
    }
}
