namespace Grains.Tests.Faults;

/// <summary>Tests that measure the process's memory or want all of the machine: they run when no other test does.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
