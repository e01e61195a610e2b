using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MoE.Kernels;

/// <summary>A whole file, mapped read-only. Pages are read when they are touched, so a node pays for the ranges it uses.</summary>
public sealed unsafe class MappedWeightMemory : WeightMemory
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private byte* _pointer;

    private MappedWeightMemory(MemoryMappedFile file, long length)
    {
        _file = file;
        Length = length;
        _view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _pointer);
        _pointer += _view.PointerOffset;
    }

    public override long Length { get; }

    internal override byte* Pointer => _pointer != null ? _pointer : throw new ObjectDisposedException(nameof(MappedWeightMemory));

    /// <summary>Maps the file at <paramref name="path"/>.</summary>
    /// <exception cref="IOException">The file is empty or cannot be read.</exception>
    public static MappedWeightMemory Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length == 0)
            throw new IOException($"{path}: the file is empty");
        var file = MemoryMappedFile.CreateFromFile(
            new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read), null, 0,
            MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        return new MappedWeightMemory(file, length);
    }

    public override void Release(long offset, long length)
    {
        if (offset >= 0 && length >= 0 && offset <= Length - length)
            MemoryAdvice.Release(Pointer + offset, length);
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
