using System.Globalization;
using System.Text.Json;

namespace Grains.Tests.Faults;

/// <summary>What was published, as the server acknowledged it: per topic the append time of each offset. Says where a subscription has to begin.</summary>
internal sealed class TopicLedger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<double>> _appendedAt = [];

    /// <summary>Takes an acknowledgement; they come in the order of the offsets of a topic when one connection publishes.</summary>
    public void Add(string topic, JsonElement ack)
    {
        Assert.True(ack.GetProperty("success").GetBoolean(), ack.ToString());
        lock (_lock)
        {
            if (!_appendedAt.TryGetValue(topic, out var times))
                _appendedAt[topic] = times = [];
            Assert.Equal(times.Count, ack.GetProperty("offset").GetInt64());
            times.Add(ack.GetProperty("appended_at").GetDouble());
        }
    }

    /// <summary>The offset after the last.</summary>
    public long EndOf(string topic)
    {
        lock (_lock)
            return _appendedAt.TryGetValue(topic, out var times) ? times.Count : 0;
    }

    /// <summary>The first offset that was appended at this time (seconds) or later.</summary>
    public long FirstFrom(string topic, double time) => First(topic, at => at >= time);

    /// <summary>The first offset that was appended after this time.</summary>
    public long FirstAfter(string topic, double time) => First(topic, at => at > time);

    /// <summary>The append time of an offset, as the JSON number that it came as.</summary>
    public string TimeOf(string topic, long offset)
    {
        lock (_lock)
            return _appendedAt[topic][(int)offset].ToString("R", CultureInfo.InvariantCulture);
    }

    private long First(string topic, Func<double, bool> fits)
    {
        lock (_lock)
        {
            var first = _appendedAt[topic].FindIndex(at => fits(at));
            return first < 0 ? _appendedAt[topic].Count : first;
        }
    }
}
