namespace Grains;

/// <summary>
/// The one numbered list of errors: 10xx calls and messages, 11xx cache, 12xx topics, 13xx connections, 14xx server.
/// Whether to retry is <see cref="ErrorCodes.RetryOf"/>; each protocol maps a code to its own form.
/// </summary>
public enum ErrorCode
{
    None = 0,

    /// <summary>No provider offers the function under the wanted tags.</summary>
    FunctionNotFound = 1001,

    /// <summary>The message is not valid JSON, or a field is missing or of the wrong type.</summary>
    InvalidMessage = 1002,

    /// <summary>The function threw, a graph has a cycle, or a result cannot be written.</summary>
    ExecutionFailed = 1003,

    /// <summary>The message's role is unknown.</summary>
    InvalidRole = 1004,

    /// <summary>The deadline passed before the answer; the call may have run.</summary>
    Timeout = 1005,

    /// <summary>The caller cancelled; the call may have run.</summary>
    Cancelled = 1006,

    /// <summary>The provider's connection went away while it ran the call.</summary>
    ProviderLost = 1007,

    /// <summary>Every provider refused as busy or is at its limit; nothing ran.</summary>
    Busy = 1008,

    /// <summary>The name is built in and cannot be offered by a client.</summary>
    FunctionReserved = 1009,

    /// <summary>The connection that was addressed does not exist.</summary>
    ConnectionNotFound = 1010,

    /// <summary>An explicit reference names no command or finds nothing in its result.</summary>
    UnresolvedReference = 1011,

    /// <summary>A graph, a function offer or the number of offers is over its limit.</summary>
    FunctionLimit = 1012,

    /// <summary>The arguments do not fit the function's parameters.</summary>
    InvalidArguments = 1013,

    /// <summary>The precondition did not hold; nothing changed.</summary>
    ConditionFailed = 1101,

    /// <summary>The value is not a number.</summary>
    NotNumeric = 1102,

    /// <summary>The 64-bit integer would overflow; nothing changed.</summary>
    Overflow = 1103,

    /// <summary>The operand's type does not fit the value's; in a program, what was read does not fit the type it asked for.</summary>
    IncompatibleTypes = 1104,

    /// <summary>No such operation.</summary>
    UnsupportedOperation = 1105,

    /// <summary>The key holds another structure, or a value that is no such structure.</summary>
    WrongStructure = 1106,

    /// <summary>The list, queue or stack is empty.</summary>
    Empty = 1107,

    /// <summary>The index is missing or outside the structure.</summary>
    InvalidIndex = 1108,

    /// <summary>The member, field or key is not there.</summary>
    NotFound = 1109,

    /// <summary>A namespace, identifier, version, topic or other name is empty or too long.</summary>
    InvalidName = 1110,

    /// <summary>The value, or the structure it would grow, is over its limit.</summary>
    ValueTooLarge = 1111,

    /// <summary>The key or topic remembers as many op_ids as it may; retry after the oldest has lapsed.</summary>
    OpIdMemoryFull = 1112,

    /// <summary>An argument of a cache or topic operation is missing or out of range.</summary>
    InvalidArgument = 1113,

    /// <summary>The memory budget is used up and nothing can be evicted.</summary>
    OutOfMemory = 1114,

    /// <summary>The topic does not exist.</summary>
    TopicNotFound = 1201,

    /// <summary>The topic exists already.</summary>
    TopicExists = 1202,

    /// <summary>Clients cannot publish to or create this name.</summary>
    TopicReserved = 1203,

    /// <summary>The position was trimmed, lies beyond the end, or belongs to an unknown epoch.</summary>
    PositionLost = 1204,

    /// <summary>The engine holds as many topics as it may.</summary>
    TooManyTopics = 1205,

    /// <summary>The topic is full and retention does not allow dropping.</summary>
    TopicFull = 1206,

    /// <summary>Credentials are missing or wrong; in a client, also: the server's certificate is not trusted.</summary>
    Unauthorized = 1301,

    /// <summary>The message is longer than the limit.</summary>
    MessageTooLarge = 1302,

    /// <summary>The connection holds as many subscriptions as it may.</summary>
    TooManySubscriptions = 1303,

    /// <summary>The connection has as many calls in flight as it may.</summary>
    TooManyCalls = 1304,

    /// <summary>The server holds as many connections as it may.</summary>
    TooManyConnections = 1305,

    /// <summary>The JSON is nested deeper than the limit.</summary>
    JsonTooDeep = 1306,

    /// <summary>The reader is too slow and its subscription's rule is to close.</summary>
    SlowReader = 1307,

    /// <summary>The bytes break the transport's framing.</summary>
    Malformed = 1308,

    /// <summary>The connection was lost before the answer came.</summary>
    ConnectionLost = 1309,

    /// <summary>The answer would be longer than a message may be. What was asked for has been done.</summary>
    AnswerTooLarge = 1310,

    /// <summary>The server is stopping.</summary>
    ShuttingDown = 1401,

    /// <summary>A fault of the server's own; its log says more.</summary>
    Internal = 1402,

    /// <summary>The node of the cluster that has the key, the topic or the function was lost or did not answer.</summary>
    NodeLost = 1403,
}
