using System.Globalization;
using System.Security.Cryptography;
using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>
/// Experts on disk: <c>FOLDER/HASH/LAYER-EXPERT.bin</c>, the bytes as the model's files have them and then their SHA-256. A file appears
/// whole or not at all, and is checked when it is read: a damaged one is deleted. The folder is bounded; what was not used for the
/// longest time goes first, whatever model it is of. Several processes may share it.
/// <para>A file's bytes are on the disk (fsync) before it gets its name, so a power cut leaves no truncated file under it. The folder is not
/// flushed as well: at worst the cut takes the name away, and the expert is fetched once more. What a cut leaves of a file without its
/// name goes with the next write.</para>
/// </summary>
public sealed class ExpertCache : IExpertStore
{
    private const int ChunkBytes = 1 << 20;
    private const string Temporary = ".tmp";

    /// <summary>A file that has had no name for so long belongs to no writer any more.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    private readonly string _root;
    private readonly string _folder;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;

    /// <param name="root">The folder; it is made where it is not there.</param>
    /// <param name="modelHash">The model's hash: hex digits, since it becomes a name.</param>
    /// <param name="maxBytes">Most bytes of the folder.</param>
    /// <param name="time">Says what was used last.</param>
    /// <exception cref="ArgumentException">The hash is none.</exception>
    public ExpertCache(string root, string modelHash, long maxBytes, TimeProvider time)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelHash);
        if (!modelHash.All(char.IsAsciiHexDigit))
            throw new ArgumentException($"model hash {modelHash}: must be hex digits", nameof(modelHash));
        _root = root;
        _folder = Path.Combine(root, modelHash);
        _maxBytes = maxBytes;
        _time = time;
        Directory.CreateDirectory(_folder);
    }

    public bool Whole => false;

    public IReadOnlyCollection<ExpertId> Experts =>
        [.. Directory.EnumerateFiles(_folder, "*.bin").Select(ExpertOf).Where(expert => expert is not null).Select(expert => expert!.Value).Order()];

    /// <summary>Where an expert lies.</summary>
    public string PathOf(ExpertId expert) =>
        Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{expert.Layer}-{expert.Expert}.bin"));

    public bool TryRead(ExpertId expert, long offset, Span<byte> destination)
    {
        if (Open(expert) is not { } file)
            return false;
        using (file)
        {
            return offset >= 0 && offset <= RandomAccess.GetLength(file) - SHA256.HashSizeInBytes - destination.Length
                && RandomAccess.Read(file, destination, offset) == destination.Length;
        }
    }

    /// <summary>An expert's bytes, checked; null where it is not here, or was damaged and is now gone.</summary>
    /// <param name="expert">The expert.</param>
    /// <param name="bytes">How many it has.</param>
    /// <param name="damaged">Why it was thrown away, or null.</param>
    public NativeWeightMemory? Read(ExpertId expert, long bytes, out string? damaged)
    {
        damaged = null;
        if (Open(expert) is not { } file)
            return null;
        using (file)
        {
            var memory = new NativeWeightMemory(bytes);
            var stored = new byte[SHA256.HashSizeInBytes];
            if (RandomAccess.GetLength(file) != bytes + stored.Length)
                damaged = $"it has {RandomAccess.GetLength(file)} bytes, not {bytes + stored.Length}";
            else if (!Fill(file, memory) || RandomAccess.Read(file, stored, bytes) != stored.Length || !ExpertDigests.Of(memory).AsSpan().SequenceEqual(stored))
                damaged = "its SHA-256 is another";
            if (damaged is null)
            {
                File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
                return memory;
            }

            memory.Dispose();
        }

        File.Delete(PathOf(expert));
        return null;
    }

    /// <summary>Keeps an expert, and makes room for it. False where it is longer than the whole cache may be.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public bool Write(ExpertId expert, WeightMemory memory, ReadOnlySpan<byte> sha256)
    {
        ArgumentNullException.ThrowIfNull(memory);
        var needed = memory.Length + sha256.Length;
        if (needed > _maxBytes)
            return false;
        MakeRoom(needed);
        var temporary = $"{PathOf(expert)}.{Guid.NewGuid():n}{Temporary}";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                for (var offset = 0L; offset < memory.Length; offset += ChunkBytes)
                    RandomAccess.Write(file, memory.Slice(offset, (int)Math.Min(ChunkBytes, memory.Length - offset)), offset);
                RandomAccess.Write(file, sha256, memory.Length);
                RandomAccess.FlushToDisk(file);
                File.SetLastWriteTimeUtc(file, _time.GetUtcNow().UtcDateTime);
            }

            File.Move(temporary, PathOf(expert), overwrite: true);
            return true;
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private Microsoft.Win32.SafeHandles.SafeFileHandle? Open(ExpertId expert)
    {
        try
        {
            return File.OpenHandle(PathOf(expert), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static bool Fill(Microsoft.Win32.SafeHandles.SafeFileHandle file, NativeWeightMemory memory)
    {
        for (var offset = 0L; offset < memory.Length; offset += ChunkBytes)
        {
            var part = memory.Writable(offset, (int)Math.Min(ChunkBytes, memory.Length - offset));
            if (RandomAccess.Read(file, part, offset) != part.Length)
                return false;
        }

        return true;
    }

    private void MakeRoom(long needed)
    {
        var root = new DirectoryInfo(_root);
        foreach (var file in root.EnumerateFiles($"*{Temporary}", SearchOption.AllDirectories).Where(IsAbandoned))
            file.Delete();
        var files = root.EnumerateFiles("*.bin", SearchOption.AllDirectories).OrderBy(file => file.LastWriteTimeUtc).ToList();
        var used = files.Sum(file => file.Length);
        foreach (var file in files.TakeWhile(_ => used > _maxBytes - needed))
        {
            used -= file.Length;
            file.Delete();
        }
    }

    private bool IsAbandoned(FileInfo file) => _time.GetUtcNow() - file.LastWriteTimeUtc > s_abandoned;

    private static ExpertId? ExpertOf(string path)
    {
        var parts = Path.GetFileNameWithoutExtension(path).Split('-');
        return parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var layer)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var expert)
            && layer <= WireLimits.MaxIndex && expert <= WireLimits.MaxIndex
                ? new ExpertId(layer, expert)
                : null;
    }
}

/// <summary>SHA-256 over weights.</summary>
internal static class ExpertDigests
{
    private const int ChunkBytes = 1 << 20;

    public static byte[] Of(WeightMemory memory)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var offset = 0L; offset < memory.Length; offset += ChunkBytes)
            hash.AppendData(memory.Slice(offset, (int)Math.Min(ChunkBytes, memory.Length - offset)));
        return hash.GetHashAndReset();
    }
}
