namespace Grains.Benchmarks.Load;

/// <summary>A measurement that is worth nothing, and why: a server answered something else than was asked, went away, or lost something.</summary>
internal sealed class LoadException(string message) : Exception(message);
