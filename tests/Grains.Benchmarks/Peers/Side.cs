using Grains.Benchmarks.Load;
using Grains.Benchmarks.Wire;

namespace Grains.Benchmarks.Peers;

/// <summary>One of those that are compared: a server, spoken to in one way.</summary>
/// <param name="Name">For <c>--sides</c>.</param>
/// <param name="Title">In the table.</param>
/// <param name="Program">The server.</param>
/// <param name="Port">Which of its ports.</param>
/// <param name="Dialect">How it is spoken to.</param>
/// <param name="Transport">Who it is compared with.</param>
internal sealed record Side(string Name, string Title, IServerProgram Program, int Port, Dialect Dialect, SideTransport Transport)
{
    /// <summary>A new connection that has greeted the server.</summary>
    public Link Connect(ServerProcess server)
    {
        var link = Link.Connect(server.EndPoint(Port));
        try
        {
            Dialect.Greet(link);
            return link;
        }
        catch
        {
            link.Dispose();
            throw;
        }
    }
}
