namespace MoE.Lane;

/// <summary>
/// Where the dialling side of a lane keeps the files of its <see cref="LentBuffers"/>, in memory: a directory with a name that nobody
/// guesses, and beside it a file that its process keeps locked, so that what a killed process leaves is known by others and removed.
/// Disposing removes both.
/// </summary>
internal sealed class SharedDirectory : IDisposable
{
    /// <summary>Directories of dead processes that one start looks for.</summary>
    private const int MostStale = 1024;

    private const string LockExtension = ".lock";

    private readonly FileStream _lock;

    private SharedDirectory(string name, FileStream @lock)
    {
        Name = name;
        _lock = @lock;
    }

    /// <summary>32 hexadecimal digits, which the other side is told.</summary>
    public string Name { get; }

    private static string Root => OwnDirectory.In("/dev/shm");

    /// <summary>Null where this system has no files in memory, or they cannot be had.</summary>
    public static SharedDirectory? TryCreate()
    {
        if (!OperatingSystem.IsLinux() || !Directory.Exists(Path.GetDirectoryName(Root)))
            return null;
        try
        {
            OwnDirectory.Ensure(Root);
            RemoveStale();
            var name = $"{Guid.NewGuid():n}";
            var locked = new FileStream(PathOf(name) + LockExtension, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
            Directory.CreateDirectory(PathOf(name));
            return new SharedDirectory(name, locked);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Rows travel through the socket instead.
            return null;
        }
    }

    /// <summary>Whether a peer's directory can be seen from here, which another container's cannot.</summary>
    /// <param name="name">As the peer says it: not trusted to be a name.</param>
    public static bool Exists(string name) => OperatingSystem.IsLinux() && Guid.TryParseExact(name, "n", out _) && Directory.Exists(PathOf(name));

    /// <summary>A buffer's file.</summary>
    public static string PathOf(string name, int number) => Path.Combine(PathOf(name), FormattableString.Invariant($"{number}"));

    /// <summary>Takes a buffer's name away; those who have it mapped keep it.</summary>
    public void Remove(int number)
    {
        try
        {
            File.Delete(PathOf(Name, number));
        }
        catch (DirectoryNotFoundException)
        {
            // Some systems clear their files in memory when a user logs out: then it has no name any more.
            return;
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(PathOf(Name)))
            Directory.Delete(PathOf(Name), recursive: true);
        if (File.Exists(PathOf(Name) + LockExtension))
            File.Delete(PathOf(Name) + LockExtension);
        _lock.Dispose();
    }

    private static string PathOf(string name) => Path.Combine(Root, name);

    private static void RemoveStale()
    {
        foreach (var path in Directory.EnumerateFiles(Root, "*" + LockExtension).Take(MostStale))
        {
            try
            {
                using var stale = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (Directory.Exists(Path.ChangeExtension(path, null)))
                    Directory.Delete(Path.ChangeExtension(path, null), recursive: true);
                File.Delete(path);
            }
            catch (IOException)
            {
                // Its process lives, or somebody else removes it.
                continue;
            }
        }
    }
}
