using Grains.Json;

namespace Grains.Cache;

/// <summary>Checks a command against its row and the limits, before any turn: what fails here has touched nothing.</summary>
public static class CommandCheck
{
    /// <summary>Null when all is well.</summary>
    public static CacheRefusal? Check(CacheOperation operation, CacheCommand command, CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(command);
        ArgumentNullException.ThrowIfNull(options);
        if (IsBare(operation, command))
            return null;
        if ((operation.Required | operation.RequiredAny) != CacheArguments.None && CheckRequired(operation, GivenOf(command)) is { } missing)
            return missing;
        if (JsonValue.IsLongerThan(command.Value, options.ValueBytesMax) || JsonValue.IsLongerThan(command.Initial, options.ValueBytesMax))
            return TooLarge(options);
        if (Check(command.Metadata, options) is { } refusal)
            return refusal;
        if (command.Ttl is { } ttl && ttl < TimeSpan.Zero)
            return new CacheRefusal(ErrorCode.InvalidArgument, "A time to live cannot be negative");
        if (command.OpId is { } opId && operation.Writes && opId.Length is 0 or > OpIdMemory.CharsMax)
            return new CacheRefusal(ErrorCode.InvalidArgument, $"An op_id has 1 to {OpIdMemory.CharsMax} characters");
        return command.Structure is null ? null : CheckMembers(command.Structure, options);
    }

    /// <summary>Null when the key's parts are within their limits.</summary>
    public static CacheRefusal? Check(CacheKey key, CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(options);
        var error = CheckName("namespace", key.Namespace, options.NamespaceCharsMax)
            ?? CheckName("identifier", key.Identifier, options.IdentifierCharsMax)
            ?? CheckName("version", key.Version, options.VersionCharsMax);
        return error is null ? null : new CacheRefusal(ErrorCode.InvalidName, error);
    }

    /// <summary>Null when the metadata is within its limit.</summary>
    public static CacheRefusal? Check(EntryMetadata? metadata, CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (metadata is null)
            return null;
        var bytes = metadata.Tags.Sum(LengthOf) + metadata.Dependencies.Sum(LengthOf) + LengthOf(metadata.CreatedBy);
        return bytes <= options.MetadataBytesMax
            ? null
            : new CacheRefusal(ErrorCode.ValueTooLarge, $"The metadata is longer than {options.MetadataBytesMax} bytes");
    }

    /// <summary>The sentence for a name that is empty or too long; null when it is neither.</summary>
    public static string? CheckName(string what, string name, int charsMax)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.Length == 0 ? $"The {what} is empty"
            : name.Length > charsMax ? $"The {what} is longer than {charsMax} characters"
            : null;
    }

    /// <summary>There is nothing to check, as with most reads.</summary>
    private static bool IsBare(CacheOperation operation, CacheCommand command) =>
        (operation.Required | operation.RequiredAny) == CacheArguments.None && command.Value.IsNone && command.Initial.IsNone
        && command.Metadata is null && command.Ttl is null && command.OpId is null && command.Structure is null;

    /// <summary>The arguments as the wire spells them: <c>field_updates, values</c>.</summary>
    private static string WordsOf(CacheArguments arguments)
    {
        var words = new System.Text.StringBuilder();
        foreach (var letter in arguments.ToString())
        {
            if (char.IsUpper(letter) && words.Length > 0 && words[^1] != ' ')
                words.Append('_');
            words.Append(char.ToLowerInvariant(letter));
        }

        return words.ToString();
    }

    private static CacheRefusal? CheckRequired(CacheOperation operation, CacheArguments given)
    {
        var missing = operation.Required & ~given;
        if ((missing & CacheArguments.Index) != 0)
            return new CacheRefusal(ErrorCode.InvalidIndex, operation.IndexMessage);
        if (missing != CacheArguments.None)
            return new CacheRefusal(ErrorCode.InvalidArgument, $"{operation.Name} needs {WordsOf(missing)}");
        return operation.RequiredAny != CacheArguments.None && (operation.RequiredAny & given) == CacheArguments.None
            ? new CacheRefusal(ErrorCode.InvalidArgument, $"{operation.Name} needs one of {WordsOf(operation.RequiredAny)}")
            : null;
    }

    // With the comma.
    private static long LengthOf(string text) => JsonText.LengthOf(text) + 1;

    // Arguments that are not here cannot be seen to be missing: none stands for null there.
    private static CacheArguments GivenOf(CacheCommand command)
    {
        var structure = command.Structure ?? StructureArguments.Empty;
        return (command.Ttl is null ? 0 : CacheArguments.Ttl)
            | (structure.Values.Length == 0 ? 0 : CacheArguments.Values)
            | (structure.Fields.Length == 0 ? 0 : CacheArguments.Fields)
            | (structure.FieldUpdates.Length == 0 ? 0 : CacheArguments.FieldUpdates)
            | (structure.ScoredValues.Length == 0 ? 0 : CacheArguments.ScoredValues)
            | (structure.Index is null ? 0 : CacheArguments.Index);
    }

    private static CacheRefusal? CheckMembers(StructureArguments arguments, CacheOptions options)
    {
        foreach (var value in arguments.Values)
        {
            if (JsonValue.IsLongerThan(value, options.ValueBytesMax))
                return TooLarge(options);
            if (value.IsNone)
                return new CacheRefusal(ErrorCode.InvalidArgument, "A member is missing");
        }

        foreach (var field in arguments.Fields)
        {
            if (field.Length > options.ValueBytesMax)
                return TooLarge(options);
        }

        foreach (var update in arguments.FieldUpdates)
        {
            if (JsonValue.IsLongerThan(update.Value, options.ValueBytesMax) || update.Field.Length > options.ValueBytesMax)
                return TooLarge(options);
        }

        foreach (var scored in arguments.ScoredValues)
        {
            if (JsonValue.IsLongerThan(scored.Value, options.ValueBytesMax))
                return TooLarge(options);
            if (scored.Value.IsNone || !double.IsFinite(scored.Score))
                return new CacheRefusal(ErrorCode.InvalidArgument, "A scored value needs a value and a finite score");
        }

        return arguments.Limit is < 0 ? new CacheRefusal(ErrorCode.InvalidArgument, "A limit cannot be negative") : null;
    }

    private static CacheRefusal TooLarge(CacheOptions options) =>
        new CacheRefusal(ErrorCode.ValueTooLarge, $"A value is longer than {options.ValueBytesMax} bytes");
}
