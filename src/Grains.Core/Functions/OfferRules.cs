using System.Collections.Immutable;

namespace Grains.Functions;

/// <summary>What an offer may be: the limits that hold for .NET functions and for those of connections alike.</summary>
internal static class OfferRules
{
    public const int DescriptionCharsMax = 4096;
    public const int ParametersMax = 256;
    public const int LocsMax = 64;

    /// <summary>The refusal of an offer, or null when it is in order.</summary>
    public static CallReply? Check(FunctionOffer offer, FunctionOptions options)
    {
        if (BuiltInFunctions.IsReserved(offer.Function))
            return CallReply.Fail(ErrorCode.FunctionReserved, $"{offer.Function} is built in and cannot be offered.");
        if (!IsName(offer.Function, options) || !IsName(offer.Version, options) || !AreNames(offer.Locs, options)
            || !AreNames(offer.Parameters, options))
        {
            return CallReply.Fail(ErrorCode.InvalidName,
                $"The name, version, locs and parameters of a function have 1 to {options.NameCharsMax} characters.");
        }

        if (offer.Description.Length > DescriptionCharsMax)
            return Limit($"A description has at most {DescriptionCharsMax} characters.");
        if (!offer.Parameters.IsDefault && offer.Parameters.Length > ParametersMax)
            return Limit($"A function has at most {ParametersMax} parameters.");
        if (!offer.Locs.IsDefault && offer.Locs.Length > LocsMax)
            return Limit($"A function has at most {LocsMax} locs.");
        if (offer.ConcurrencyMax > options.ConcurrencyMax)
            return Limit($"A provider runs at most {options.ConcurrencyMax} calls at once.");
        if (offer.ConcurrencyMax < 1)
            return FunctionErrors.InvalidArguments("The concurrency of a function is at least 1.");
        return offer.CacheFor <= TimeSpan.Zero ? FunctionErrors.InvalidArguments("A result is cached for more than no time.") : null;
    }

    private static CallReply Limit(string message) => CallReply.Fail(ErrorCode.FunctionLimit, message);

    private static bool IsName(string? name, FunctionOptions options) => !string.IsNullOrEmpty(name) && name.Length <= options.NameCharsMax;

    private static bool AreNames(ImmutableArray<string> names, FunctionOptions options)
    {
        if (names.IsDefault)
            return true;
        foreach (var name in names)
        {
            if (!IsName(name, options))
                return false;
        }

        return true;
    }
}
