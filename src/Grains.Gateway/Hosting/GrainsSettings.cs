using Grains.Cache;
using Grains.Functions;
using Grains.Gateway.Authentication;
using Grains.Gateway.Connections;
using Grains.Topics;
using Microsoft.Extensions.Configuration;

namespace Grains.Gateway.Hosting;

/// <summary>
/// Everything below <c>Grains</c> in the configuration, read once at start. A value that is out of range, a name that nobody knows or a listener
/// that would be open to the world are all errors, and all of them are told at once.
/// </summary>
public sealed class GrainsSettings
{
    /// <summary>The sections below <c>Grains</c> and what they are read into.</summary>
    private static readonly Dictionary<string, Type> Sections = new(StringComparer.OrdinalIgnoreCase)
    {
        [nameof(Listen)] = typeof(ListenOptions),
        [nameof(Transport)] = typeof(TransportOptions),
        [nameof(Tls)] = typeof(TlsOptions),
        [nameof(Authentication)] = typeof(AuthenticationOptions),
        [nameof(Limits)] = typeof(GatewayLimits),
        [nameof(Cache)] = typeof(CacheOptions),
        [nameof(Topics)] = typeof(TopicOptions),
        [nameof(Functions)] = typeof(FunctionOptions),
    };

    private readonly List<string> _errors = [];

    /// <param name="configuration">The application's.</param>
    /// <param name="listenDefaults">Listeners that are not set have their defaults; else they are off.</param>
    /// <exception cref="GrainsSettingsException">Something is wrong.</exception>
    public GrainsSettings(IConfiguration configuration, ListenDefaults listenDefaults)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        ArgumentNullException.ThrowIfNull(listenDefaults);
        _errors.AddRange(SettingNames.Check(configuration.GetSection(GrainsOptions.Section), typeof(GrainsOptions), Sections));
        Grains = Read<GrainsOptions>(configuration, GrainsOptions.Section);
        Listen = Read(configuration, ListenOptions.Section, defaults: listenDefaults.IsOn ? new ListenOptions() : ListenOptions.Off());
        Transport = Read<TransportOptions>(configuration, TransportOptions.Section);
        Tls = Read<TlsOptions>(configuration, TlsOptions.Section);
        Authentication = Read<AuthenticationOptions>(configuration, AuthenticationOptions.Section);
        Limits = Read<GatewayLimits>(configuration, "Grains:Limits");
        Cache = Read<CacheOptions>(configuration, "Grains:Cache");
        Topics = Read<TopicOptions>(configuration, "Grains:Topics");
        Functions = Read<FunctionOptions>(configuration, "Grains:Functions");
        FitCacheIntoMessages(configuration);
        _errors.AddRange([
            .. Grains.Validate(), .. Transport.Validate(), .. Authentication.Validate(),
            .. Limits.Validate().Select(error => "Grains:Limits:" + error),
            .. Cache.Validate(), .. Topics.Validate(), .. Functions.Validate(), .. CheckListeners(),
        ]);
        if (listenDefaults.IsOn && ListenOptions.IsOff(Listen.Http) && ListenOptions.IsOff(Listen.Https))
            _errors.Add("Grains:Listen:Http and Grains:Listen:Https cannot both be off: health is asked there.");
        if (_errors.Count > 0)
            throw new GrainsSettingsException(_errors);
    }

    public GrainsOptions Grains { get; }

    public ListenOptions Listen { get; }

    public TransportOptions Transport { get; }

    public TlsOptions Tls { get; }

    public AuthenticationOptions Authentication { get; }

    public GatewayLimits Limits { get; }

    public CacheOptions Cache { get; }

    public TopicOptions Topics { get; }

    public FunctionOptions Functions { get; }

    private T Read<T>(IConfiguration configuration, string section, T? defaults = null)
        where T : class, new()
    {
        var read = defaults ?? new T();
        try
        {
            configuration.GetSection(section).Bind(read);
        }
        catch (InvalidOperationException) when (_errors.Count > 0)
        {
            // The value has been named.
        }
        catch (InvalidOperationException error)
        {
            _errors.Add($"{section}: {error.Message} {error.InnerException?.Message}".TrimEnd());
        }

        return read;
    }

    // A value must fit a message with what stands around it, and so must a list of keys. Limits that nobody has set follow the message's.
    private void FitCacheIntoMessages(IConfiguration configuration)
    {
        Cache.MetadataBytesMax = Fit("Grains:Cache:MetadataBytesMax", Cache.MetadataBytesMax, Limits.MessageBytesMax / 8);
        var room = Math.Max(1_024, Limits.MessageBytesMax - Cache.EnvelopeBytes);
        Cache.ValueBytesMax = Fit("Grains:Cache:ValueBytesMax", Cache.ValueBytesMax, room);
        Cache.Namespaces.ListBytesMax =
            Fit("Grains:Cache:Namespaces:ListBytesMax", Cache.Namespaces.ListBytesMax, Math.Max(1_024, Limits.MessageBytesMax / 2));

        int Fit(string name, int value, long max)
        {
            if (value <= max || configuration[name] is null)
                return (int)Math.Min(value, max);
            _errors.Add($"{name} is {value}; Grains:Limits:MessageBytesMax is {Limits.MessageBytesMax} and leaves room for {max}.");
            return value;
        }
    }

    private IEnumerable<string> CheckListeners()
    {
        foreach (var (name, value, tls) in Listen.All)
        {
            var on = ListenOptions.TryParse(value, out var endPoint, out var error);
            if (error is not null)
                yield return $"{ListenOptions.Section}:{name}: {error}.";
            if (on && tls && string.IsNullOrEmpty(Tls.Certificate))
                yield return $"{ListenOptions.Section}:{name} speaks TLS, and {TlsOptions.Section}:Certificate is not set.";
            else if (on && tls && CertificateError() is { } unreadable)
                yield return unreadable;
            if (on && !Authentication.IsOn && !System.Net.IPAddress.IsLoopback(endPoint.Address))
                yield return $"{ListenOptions.Section}:{name} listens beyond this machine ({value}), and nobody has to authenticate: "
                    + $"set {AuthenticationOptions.Section}:Tokens or :ApiKeys.";
        }
    }

    /// <summary>Why the certificate cannot be used; the listeners load it again when they start.</summary>
    private string? CertificateError()
    {
        try
        {
            var (certificate, _) = Tls.Load();
            certificate.Dispose();
            return null;
        }
        catch (GrainsSettingsException error)
        {
            return error.Errors.Single();
        }
    }
}
