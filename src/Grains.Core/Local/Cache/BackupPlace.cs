using System.Globalization;

namespace Grains.Local;

/// <summary>Where a backup goes on: after a key, or within the structure that this key holds.</summary>
/// <param name="Key">The key.</param>
/// <param name="Of">The revision of the structure whose parts are being backed up; 0: go on after the key.</param>
/// <param name="From">The first member of the next part.</param>
internal readonly record struct BackupPlace(GrainOrder Key, long Of = 0, int From = 0)
{
    /// <summary>The key's cursor, or <c>p.revision.from.</c> and that; opaque to clients.</summary>
    public string ToCursor() =>
        Of == 0 ? Key.ToCursor() : string.Create(CultureInfo.InvariantCulture, $"p.{Of}.{From}.{Key.ToCursor()}");

    /// <returns>False when the text is no cursor of this process and namespace.</returns>
    public static bool TryParse(string @namespace, string? cursor, out BackupPlace place)
    {
        var (of, from) = (0L, 0);
        if (cursor is not null && cursor.StartsWith("p.", StringComparison.Ordinal))
        {
            var parts = cursor.Split('.', 4);
            if (parts.Length < 4 || !long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out of) || of == 0
                || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out from) || parts[3].Length == 0)
            {
                place = default;
                return false;
            }

            cursor = parts[3];
        }

        var isValid = GrainOrder.TryParse(@namespace, cursor, out var key);
        place = new BackupPlace(key, of, from);
        return isValid;
    }
}
