namespace MoE.Kernels;

/// <summary>Bytes that weights live in: a file's mapping or native memory. More than 2 GiB is normal, hence no single span.</summary>
public abstract unsafe class WeightMemory : IDisposable
{
    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Address of the first byte. Valid until <see cref="Dispose()"/>.</summary>
    internal abstract byte* Pointer { get; }

    /// <summary>The bytes <c>[offset, offset + length)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the memory.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length)
    {
        if (offset < 0 || length < 0 || offset > Length - length)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{length} bytes from here end past {Length}");
        return new ReadOnlySpan<byte>(Pointer + offset, length);
    }

    /// <summary>Whether somebody wrote into the file behind the memory after it was opened: its bytes are no longer those that were checked.</summary>
    public virtual bool HasChanged => false;

    /// <summary>Tells that <c>[offset, offset + length)</c> will hardly be read again; the bytes stay readable.</summary>
    public virtual void Release(long offset, long length)
    {
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected abstract void Dispose(bool disposing);
}
