using System.Diagnostics;
using System.Text.Json;
using Grains.Gateway.Authentication;
using Grains.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Grains.Tests.Browser;

/// <summary>A page in a real browser, without any library: it connects, authenticates in its first message, and uses all three things.
/// What it saw it reports by calling a function.</summary>
public sealed class BrowserTests
{
    private const string Chromium = "/usr/bin/chromium";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_page_connects_authenticates_and_uses_cache_topics_and_functions()
    {
        Assert.SkipUnless(File.Exists(Chromium), "Chromium is not installed.");
        var token = SecretHash.NewSecret();
        var reported = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(
            new Dictionary<string, string> { ["Authentication:Tokens:page"] = SecretHash.Of(token) },
            functions: grains => grains.AddFunction("report", (JsonElement seen) => reported.TrySetResult(seen.Clone())));
        await using var pages = await ServePageAsync(Page(server.Ws, token));

        using var browser = Open(pages.Urls.First());
        JsonElement seen;
        try
        {
            seen = await reported.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            browser.Kill(entireProcessTree: true);
            await browser.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal("hit", seen.GetProperty("lock").GetString());
        Assert.Equal("conflict", seen.GetProperty("again").GetString());
        Assert.Equal(7, seen.GetProperty("order").GetProperty("id").GetInt32());
        Assert.Equal("Grüße", seen.GetProperty("echo").GetString());
        Assert.Equal("string", seen.GetProperty("frame").GetString());
    }

    private static string Page(Uri server, string token) => $$"""
        <!doctype html><meta charset="utf-8"><title>Grains</title>
        <script type="module">
        const ws = new WebSocket("{{server}}");
        const waiting = new Map();
        const seen = {};
        let order;
        const ordered = new Promise(resolve => order = resolve);
        ws.onmessage = event => {
          seen.frame ??= typeof event.data;
          const message = JSON.parse(event.data);
          if (message.role === "pubsub-notification") order(message.message.payload);
          waiting.get(message.u.replace(/^ack_/, ""))?.(message);
        };
        let last = 0;
        const ask = message => new Promise(resolve => {
          const u = String(++last);
          waiting.set(u, resolve);
          ws.send(JSON.stringify({ u, ...message }));
        });
        ws.onopen = async () => {
          await ask({ role: "auth", token: "{{token}}" });
          const lock = { role: "cache-request", operation: "atomic", key: { namespace: "locks", identifier: "a" },
            atomic_operation: { operation_type: "test_and_set", expected_value: null, new_value: "page" } };
          seen.lock = (await ask(lock)).status;
          seen.again = (await ask(lock)).status;
          await ask({ role: "pubsub-subscribe", subscription: { subscription_id: "s", patterns: [{ pattern: "orders.#" }] } });
          await ask({ role: "pubsub-publish", message: { topic: "orders.eu", payload: { id: 7 } } });
          seen.order = await ordered;
          seen.echo = (await ask({ role: "rpc", cmds: [{ name: "c", fun: "echo", args: ["Grüße"] }] })).r.c;
          await ask({ role: "rpc", cmds: [{ name: "r", fun: "report", args: [seen] }] });
        };
        </script>
        """;

    private static async Task<WebApplication> ServePageAsync(string page)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        var app = builder.Build();
        app.UseRouting();
        app.MapGet("/", () => Results.Text(page, "text/html; charset=utf-8"));
        await app.StartAsync();
        return app;
    }

    private static Process Open(string url)
    {
        var start = new ProcessStartInfo(Chromium) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[]
        {
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--remote-debugging-port=0",
            "--user-data-dir=" + Directory.CreateTempSubdirectory("grains-browser-").FullName, url,
        })
        {
            start.ArgumentList.Add(argument);
        }

        var browser = Process.Start(start)!;
        browser.BeginOutputReadLine();
        browser.BeginErrorReadLine();
        return browser;
    }
}
