using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Grains.Tests.Faults;

/// <summary>Keeps what a server logs as an error or worse: in a test of bad input, a fault of the server's own.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _errors = new();

    public IReadOnlyCollection<string> Errors => _errors;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _errors.Enqueue($"{logLevel} {eventId}: {formatter(state, exception)} {exception}");
    }

    public void Dispose()
    {
    }
}
