using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MoE.Kernels;

/// <summary>A whole file, mapped read-only. Pages are read when they are touched, so a node pays for the ranges it uses.</summary>
public sealed unsafe class MappedWeightMemory : WeightMemory
{
    /// <summary>What Linux maps at a fault of what the page cache has (fault_around_bytes), aligned.</summary>
    private const long FaultAroundBytes = 64 << 10;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly SafeFileHandle _opened;
    private readonly DateTime _written;
    private byte* _pointer;

    private MappedWeightMemory(MemoryMappedFile file, SafeFileHandle opened, long length)
    {
        _file = file;
        _opened = opened;
        _written = File.GetLastWriteTimeUtc(opened);
        Length = length;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _pointer);
        _pointer += _view.PointerOffset;
    }

    public override long Length { get; }

    /// <summary>A file that was replaced by another of its name has not: the mapping keeps the one that was opened.</summary>
    public override bool HasChanged => RandomAccess.GetLength(_opened) != Length || File.GetLastWriteTimeUtc(_opened) != _written;

    internal override byte* Pointer => _pointer != null ? _pointer : throw new ObjectDisposedException(nameof(MappedWeightMemory));

    /// <summary>Maps the file at <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The file is empty or cannot be read.</exception>
    public static MappedWeightMemory Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            // The opened file's length: a symbolic link has one of its own, and Hugging Face's cache is made of links.
            var length = stream.Length;
            if (length == 0)
                throw new IOException($"{path}: the file is empty");
            var file = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
            return new MappedWeightMemory(file, stream.SafeFileHandle, length);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Gives back the surroundings too, that the system mapped with the range: whoever reads them pays a fault, and a model of thousands of
    /// matrices does not keep the edges of each.
    /// </summary>
    public override void Release(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            return;
        var first = offset / FaultAroundBytes * FaultAroundBytes;
        var end = Math.Min(Length, (offset + length + FaultAroundBytes - 1) / FaultAroundBytes * FaultAroundBytes);
        MemoryAdvice.Release(Pointer + first, end - first);
    }

    protected override void Dispose(bool disposing)
    {
        if (_pointer == null || !disposing)
            return;
        _pointer = null;
        _handle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }
}
