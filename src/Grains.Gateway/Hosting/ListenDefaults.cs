namespace Grains.Gateway.Hosting;

/// <summary>Whether listeners that are not set have their defaults: in the server yes, in an application that hosts the grains no.</summary>
public sealed record ListenDefaults(bool IsOn);
