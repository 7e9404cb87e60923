using System.Security.Cryptography;
using System.Text;
using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>Redis.</summary>
internal sealed class RespDialect : Dialect, ICacheDialect
{
    private const string Script = "if redis.call('GET',KEYS[1])==ARGV[1] then redis.call('SET',KEYS[1],ARGV[2]) return 1 else return 0 end";

#pragma warning disable CA5350 // Redis names its scripts by their SHA-1.
    private static readonly string ScriptName = Convert.ToHexStringLower(SHA1.HashData(Encoding.ASCII.GetBytes(Script)));
#pragma warning restore CA5350

    public bool Keeps => true;

    public override void Ask(Link link) => link.Exchange(Command("PING"), new RespScanner(RespReply.Simple), 1);

    public byte[] Get(string key) => Command("GET", Key(key));

    public byte[] Set(string key, string value) => Command("SET", Key(key), value);

    public byte[] TestAndSet(string key, string expected, string value) => Command("EVALSHA", ScriptName, "1", Key(key), expected, value);

    public ReplyScanner Replies(CacheWork work) => new RespScanner(work switch
    {
        CacheWork.Get => RespReply.Bulk,
        CacheWork.Set => RespReply.Simple,
        _ => RespReply.One,
    });

    public void Prepare(Link link, CacheWork work)
    {
        if (work == CacheWork.TestAndSet)
            link.Exchange(Command("SCRIPT", "LOAD", Script), new RespScanner(RespReply.Bulk), 1);
    }

    private static string Key(string key) => "bench:" + key;

    private static byte[] Command(params ReadOnlySpan<string> words)
    {
        var command = new StringBuilder($"*{words.Length}\r\n");
        foreach (var word in words)
            command.Append($"${word.Length}\r\n{word}\r\n");
        return Encoding.ASCII.GetBytes(command.ToString());
    }
}
