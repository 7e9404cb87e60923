namespace Grains.Orleans.Tests.Stopping;

/// <summary>A number that was published, and where the acknowledgement said that it is.</summary>
internal readonly record struct Published(string Topic, long Epoch, long Offset, long Number);
