using Grains.Benchmarks.Load;

namespace Grains.Benchmarks.Wire;

/// <summary>Calling a function that a client offers.</summary>
internal interface ICallDialect
{
    /// <summary>Offers the function, and returns when the server knows it; blocking.</summary>
    void Offer(Link link);

    /// <summary>Readies a connection that calls; blocking.</summary>
    void PrepareCaller(Link link, string caller);

    byte[] Call(string caller, string id, string argument);

    ReplyScanner Results();

    /// <summary>Answers the calls with this text.</summary>
    ReplyScanner Answers(string result);
}
