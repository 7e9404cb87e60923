using System.CommandLine;
using Grains.Benchmarks;
using Grains.Benchmarks.Micro;
using Grains.Benchmarks.Peers;

var micro = new Command("micro", "BenchmarkDotNet: one class for each question. What follows goes to it, for example --filter '*Graph*'.");
micro.TreatUnmatchedTokensAsErrors = false;
micro.SetAction(parsed => MicroBenchmarks.Run([.. parsed.UnmatchedTokens]));

var tcpPort = new Argument<int>("tcp-port");
var httpPort = new Argument<int>("http-port");
var echo = new Command(EchoServer.CommandName, "The echo that versus starts.") { tcpPort, httpPort };
echo.Hidden = true;
echo.SetAction((parsed, _) => EchoServer.RunAsync(parsed.GetValue(tcpPort), parsed.GetValue(httpPort)));

// A signal ends the program at once, and its servers with it: nothing here waits for a token.
return await new RootCommand("How fast the server is.") { micro, VersusCommand.Make(), echo }.Parse(args)
    .InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
