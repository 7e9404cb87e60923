namespace Grains.Gateway.Hosting;

/// <summary>The settings are wrong; the message names every one that is, for the person who set them.</summary>
public sealed class GrainsSettingsException : Exception
{
    public GrainsSettingsException(IReadOnlyCollection<string> errors)
        : base("The server does not start:" + string.Concat(errors.Select(error => $"\n  - {error}")))
    {
        Errors = errors;
    }

    public IReadOnlyCollection<string> Errors { get; }
}
