using System.Buffers;
using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace MoE.Kernels;

/// <summary>
/// Floats in a file that several processes map: what one writes, the others read in place. Who reads must have been told, after the
/// writing, by something that orders memory; a message through the system does. Disposing unmaps: nothing may use the memory after.
/// </summary>
public sealed unsafe class SharedFloats : MemoryManager<float>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly SafeMemoryMappedViewHandle _handle;
    private readonly int _length;
    private byte* _pointer;

    private SharedFloats(FileStream stream, int length)
    {
        _length = length;
        _file = MemoryMappedFile.CreateFromFile(
            stream, null, (long)length * sizeof(float), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, (long)length * sizeof(float), MemoryMappedFileAccess.ReadWrite);
        _handle = _view.SafeMemoryMappedViewHandle;
        _handle.AcquirePointer(ref _pointer);
        _pointer += _view.PointerOffset;
    }

    /// <summary>Floats.</summary>
    public int Length => _length;

    /// <summary>Makes the file with all of its pages: a full disk shows here, not when one is touched.</summary>
    /// <param name="path">Where none is yet.</param>
    /// <param name="length">Floats, at least 1. Their contents are 0.</param>
    /// <exception cref="IOException">It is there already, or there is no room.</exception>
    public static SharedFloats Create(string path, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        var stream = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            PreallocationSize = (long)length * sizeof(float),
        });
        return Map(stream, length);
    }

    /// <summary>Maps what another process made.</summary>
    /// <exception cref="IOException">It is not there, or holds no float.</exception>
    public static SharedFloats Open(string path)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var bytes = stream.Length;
        if (bytes is >= sizeof(float) and <= (long)int.MaxValue * sizeof(float))
            return Map(stream, (int)(bytes / sizeof(float)));
        stream.Dispose();
        throw new IOException($"{path} has {bytes} bytes; expected those of 1 to {int.MaxValue} floats");
    }

    public override Span<float> GetSpan() =>
        _pointer != null ? new Span<float>(_pointer, _length) : throw new ObjectDisposedException(nameof(SharedFloats));

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        return new MemoryHandle((float*)_pointer + elementIndex);
    }

    /// <summary>It never moves.</summary>
    public override void Unpin()
    {
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

    private static SharedFloats Map(FileStream stream, int length)
    {
        try
        {
            return new SharedFloats(stream, length);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }
}
