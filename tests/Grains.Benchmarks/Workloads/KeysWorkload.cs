using System.Diagnostics;
using Grains.Benchmarks.Load;
using Grains.Benchmarks.Peers;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Workloads;

/// <summary>Many keys of 100 bytes, written over 50 connections 16 deep. Before memory is read for the first time a few keys are written again and
/// again: so the young generation of a garbage-collected server has its usual size, and does not count as memory of the keys.</summary>
internal sealed class KeysWorkload(int keys) : MemoryWorkload
{
    private const int Connections = 50;
    private const int Depth = 16;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(3);

    public override string Name => "keys";

    public override string Title => $"{keys:N0} keys of 100 bytes";

    public override string? Peer => Peers.Sides.Redis;

    public override IReadOnlyList<string> Sides => [Peers.Sides.GrainsTcp, Peers.Sides.BaselineTcp, Peers.Sides.Redis];

    public override MemoryFigures Measure(Side side, ServerProcess server)
    {
        var dialect = (ICacheDialect)side.Dialect;
        // Keys with numbers of their own, all of them overwritten many times.
        Write(side, server, dialect, keys, Math.Max(1, keys / 100), rounds: 20);
        Thread.Sleep(Rest);
        var before = server.ResidentBytes;
        var seconds = Write(side, server, dialect, 0, keys, rounds: 1);
        Thread.Sleep(Rest);
        var after = server.ResidentBytes;
        return new MemoryFigures((after - before) / (double)keys, after, seconds);
    }

    private static double Write(Side side, ServerProcess server, ICacheDialect dialect, int first, int count, int rounds)
    {
        var clock = Stopwatch.StartNew();
        for (var round = 0; round < rounds; round++)
        {
            using var loop = new LoadLoop();
            var loaders = new KeyLoader[Connections];
            for (var i = 0; i < Connections; i++)
            {
                var template = dialect.Set("key:" + KeyLoader.Digits, new string('a', 100));
                var numbers = ((long)first + i, Connections, first + count);
                loaders[i] = new KeyLoader(side.Connect(server), dialect.Replies(CacheWork.Set), template, numbers, Depth);
                loop.Add(loaders[i]);
            }

            foreach (var loader in loaders)
                loader.Send(Depth);
            while (!loaders.All(loader => loader.IsDone))
            {
                if (clock.Elapsed > Timeout)
                    throw new LoadException($"{loaders.Sum(loader => loader.Written)} of {count} keys were written in time.");
                loop.RunOnce(1_000_000);
            }

            if (loaders.Sum(loader => loader.Written) != count)
                throw new LoadException($"{loaders.Sum(loader => loader.Written)} of {count} keys were written.");
        }

        return clock.Elapsed.TotalSeconds;
    }
}
