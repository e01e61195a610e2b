using MoE.Kernels;
using MoE.Protocol;

namespace MoE.ExpertActors.Tests;

/// <summary>Experts on disk: whole or not there, checked when read, bounded.</summary>
public sealed class ExpertCacheTests : IDisposable
{
    private const int Bytes = 1000;
    private const int FileBytes = Bytes + 32;
    private readonly string _folder = Directory.CreateTempSubdirectory("moe-cache-").FullName;
    private readonly ManualTime _time = new();

    [Fact]
    public void Read_WhatWasWritten_GivesItBack()
    {
        var cache = Open();
        Write(cache, 1);
        using var memory = cache.Read(new ExpertId(0, 1), Bytes, out var damaged)!;
        Assert.Null(damaged);
        Assert.Equal(Content(1), memory.Slice(0, Bytes).ToArray());
        Assert.Equal([new ExpertId(0, 1)], cache.Experts);
        Assert.Null(cache.Read(new ExpertId(0, 2), Bytes, out damaged));
        Assert.Null(damaged);
        Assert.Equal([cache.PathOf(new ExpertId(0, 1))], Directory.GetFiles(_folder, "*", SearchOption.AllDirectories));
    }

    [Fact]
    public void TryRead_Ranges_AreThoseOfTheExpert()
    {
        var cache = Open();
        Write(cache, 1);
        var range = new byte[100];
        Assert.True(cache.TryRead(new ExpertId(0, 1), Bytes - 100, range));
        Assert.Equal(Content(1)[^100..], range);
        Assert.False(cache.TryRead(new ExpertId(0, 1), Bytes - 99, range));
        Assert.False(cache.TryRead(new ExpertId(0, 1), -1, range));
        Assert.False(cache.TryRead(new ExpertId(0, 2), 0, range));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(Bytes - 1)]
    [InlineData(Bytes)]
    [InlineData(FileBytes - 1)]
    public void Read_ABitFlipped_ThrowsTheFileAway(int index)
    {
        var cache = Open();
        Write(cache, 1);
        var path = cache.PathOf(new ExpertId(0, 1));
        var bytes = File.ReadAllBytes(path);
        bytes[index] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Null(cache.Read(new ExpertId(0, 1), Bytes, out var damaged));
        Assert.Equal("its SHA-256 is another", damaged);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Read_AFileOfAnotherLength_ThrowsItAway()
    {
        var cache = Open();
        Write(cache, 1);
        Assert.Null(cache.Read(new ExpertId(0, 1), Bytes + 1, out var damaged));
        Assert.Equal("it has 1032 bytes, not 1033", damaged);
    }

    [Fact]
    public void Write_AFullCache_ThrowsAwayWhatWasNotUsedForLongest()
    {
        var cache = Open(3 * FileBytes);
        for (var expert = 1; expert <= 3; expert++)
            Write(cache, expert);
        cache.Read(new ExpertId(0, 1), Bytes, out _)!.Dispose();
        Write(cache, 4);
        Assert.Equal([new(0, 1), new(0, 3), new(0, 4)], cache.Experts);
    }

    [Fact]
    public void Write_FilesThatAPowerCutLeft_AreThrownAwayAndThoseBeingWrittenAreNot()
    {
        var cache = Open();
        string[] files = [cache.PathOf(new ExpertId(0, 8)) + ".a.tmp", cache.PathOf(new ExpertId(0, 9)) + ".b.tmp"];
        foreach (var (file, minutes) in files.Zip([61, 59]))
        {
            File.WriteAllBytes(file, [1]);
            File.SetLastWriteTimeUtc(file, _time.Now.UtcDateTime.AddMinutes(-minutes));
        }

        Write(cache, 1);
        Assert.Equal([false, true], files.Select(File.Exists));
        Assert.Equal([new ExpertId(0, 1)], cache.Experts);
    }

    [Fact]
    public void Write_LongerThanTheCache_IsRefused()
    {
        using var memory = Memory(1);
        Assert.False(Open(FileBytes - 1).Write(new ExpertId(0, 1), memory, new byte[32]));
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("a/b")]
    public void Open_AHashThatIsNone_IsRefused(string hash) =>
        Assert.Contains(hash, Assert.Throws<ArgumentException>(() => new ExpertCache(_folder, hash, 1, _time)).Message, StringComparison.Ordinal);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ExpertCache Open(long maxBytes = 1 << 20) => new(_folder, "f00d", maxBytes, _time);

    private void Write(ExpertCache cache, int expert)
    {
        using var memory = Memory(expert);
        _time.Now = _time.Now.AddSeconds(1);
        Assert.True(cache.Write(new ExpertId(0, expert), memory, ExpertDigests.Of(memory)));
        _time.Now = _time.Now.AddSeconds(1);
    }

    private static NativeWeightMemory Memory(int expert)
    {
        var memory = new NativeWeightMemory(Bytes);
        Content(expert).CopyTo(memory.Writable(0, Bytes));
        return memory;
    }

    private static byte[] Content(int expert)
    {
        var bytes = new byte[Bytes];
        new Random(expert).NextBytes(bytes);
        return bytes;
    }

    private sealed class ManualTime : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
