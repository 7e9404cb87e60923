namespace Grains;

/// <summary>What a caller may do after an error.</summary>
public enum Retry
{
    /// <summary>The same request would fail again.</summary>
    No,

    /// <summary>Nothing happened: retry when you like.</summary>
    Safe,

    /// <summary>It may have happened: retry only with an op_id, or when doing it twice does no harm.</summary>
    OutcomeUnknown,
}
