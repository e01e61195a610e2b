namespace MoE.Lane;

/// <summary>Directories that only this process's user can enter: what is in one was put there by the user.</summary>
internal static class OwnDirectory
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The user's directory in <paramref name="parent"/>.</summary>
    public static string In(string parent) => Path.Combine(parent, $"moe-{Environment.UserName}");

    /// <summary>Makes it where it is not there.</summary>
    /// <exception cref="IOException">It cannot be made, or others can enter it.</exception>
    public static void Ensure(string path)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("directories have no owner's mode on Windows");
        Directory.CreateDirectory(path, OwnerOnly);
        if (File.GetUnixFileMode(path) != OwnerOnly)
            throw new IOException($"{path} can be entered by others");
    }
}
