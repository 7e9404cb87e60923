using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Grains.Benchmarks.Peers;

/// <summary>Sends back each burst as it came.</summary>
internal sealed class TcpEcho : ConnectionHandler
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var (input, output) = (connection.Transport.Input, connection.Transport.Output);
        while (true)
        {
            var read = await input.ReadAsync();
            foreach (var segment in read.Buffer)
                output.Write(segment.Span);
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || (await output.FlushAsync()).IsCompleted)
                return;
        }
    }
}
