namespace Grains.Orleans.Client;

/// <summary>What of this program lives in sessions; called by the loop that fetches, for one session one call at a time.</summary>
internal interface ISessionUser
{
    /// <summary>A session begins: what belongs to the program goes on in it. Ends at the latest when the session is lost.</summary>
    Task RestoreAsync(RemoteSession session);

    /// <summary>Something has happened in the session; returns at once.</summary>
    void Happened(RemoteSession session, SessionEvent happened);

    /// <summary>The session is lost, after everything that happened in it.</summary>
    void Lost(RemoteSession session);
}
