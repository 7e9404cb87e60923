using System.Diagnostics;

namespace Grains.Benchmarks.Peers;

/// <summary>Programs that the machine may have.</summary>
internal static class InstalledProgram
{
    // The system's own folders too: not every user has them in the path.
    private static readonly string[] SystemFolders = ["/usr/local/bin", "/usr/local/sbin", "/usr/bin", "/usr/sbin"];

    /// <returns>Its path, or null.</returns>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(SystemFolders)
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <returns>The first line that it prints.</returns>
    public static string FirstLine(string path, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var line = process.StandardOutput.ReadLine() ?? "";
        process.WaitForExit();
        return line;
    }

    /// <summary>Installs Debian packages; says on the console what it does.</summary>
    public static void Install(IReadOnlyList<string> packages)
    {
        if (packages.Count == 0)
            return;
        Console.Error.WriteLine($"installing {string.Join(' ', packages)}");
        Run("apt-get", ["update", "-qq"]);
        Run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", .. packages]);
    }

    private static void Run(string program, string[] arguments)
    {
        string[] command = Environment.IsPrivilegedProcess ? [program, .. arguments] : ["sudo", "-n", program, .. arguments];
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true };
        start.Environment["DEBIAN_FRONTEND"] = "noninteractive";
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            Console.Error.WriteLine($"{string.Join(' ', command)} failed: what is missing is left out of the table");
    }
}
