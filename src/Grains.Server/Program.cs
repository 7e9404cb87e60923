using Grains.Gateway.Authentication;
using Grains.Gateway.Hosting;
using Grains.Orleans;

if (args is ["hash-key", ..])
{
    // hash-key makes a secret and prints it with its hash; hash-key SECRET prints the hash of one that exists.
    var secret = args.Length > 1 ? args[1] : SecretHash.NewSecret();
    Console.WriteLine($"secret  {secret}\nhash    {SecretHash.Of(secret)}");
    return 0;
}

try
{
    // appsettings.json lies beside the program, wherever it is started from.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.AddGrains();
    builder.AddGrainsListeners();
    builder.AddOrleansEngine();
    var app = builder.Build();
    app.MapGrains("/");
    app.MapHealthChecks("/health/live", new() { Predicate = _ => false });
    app.MapHealthChecks("/health/ready");
    await app.RunAsync().ConfigureAwait(false);
    return 0;
}
catch (GrainsSettingsException error)
{
    // The caller's mistake: say what to mend, not where the program noticed.
    await Console.Error.WriteLineAsync(error.Message).ConfigureAwait(false);
    return 2;
}
