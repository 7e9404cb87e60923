namespace Grains.Gateway.Hosting;

/// <summary>Section <c>Grains</c>: what there is once.</summary>
public sealed class GrainsOptions
{
    public const string Section = "Grains";

    /// <summary>The engine that hosts the grains: <c>local</c>.</summary>
    public string Engine { get; set; } = "local";

    /// <summary>Offer the sample functions (<c>fibonacci</c>, <c>ml_predict</c>, …).</summary>
    public bool Samples { get; set; }

    /// <summary>Let messages on <c>cache.invalidation.pattern.…</c> invalidate entries.</summary>
    public bool InvalidationTopics { get; set; }

    /// <summary>The node's name in lists of nodes.</summary>
    public string NodeName { get; set; } = Environment.MachineName;

    /// <summary>Resource tags of this node's own functions: what <c>locs</c> of a call may ask for.</summary>
    public List<string> Resources { get; } = [];

    /// <summary>How long calls that run may go on when the server stops.</summary>
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);

    public IEnumerable<string> Validate()
    {
        if (string.IsNullOrWhiteSpace(NodeName))
            yield return $"{Section}:NodeName must not be empty.";
        if (ShutdownTimeout < TimeSpan.Zero || ShutdownTimeout > TimeSpan.FromMinutes(10))
            yield return $"{Section}:ShutdownTimeout must be between 0 and 10 minutes.";
    }
}
