using System.Security.Cryptography;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// A routed expert as the files have it: the bytes of gate [I, H], up [I, H] and down [H, I], one after the other, row-major. What
/// travels between nodes and lies in their caches.
/// </summary>
/// <param name="Gate">A view of the file.</param>
/// <param name="Up">A view of the file.</param>
/// <param name="Down">A view of the file.</param>
public sealed record StoredExpert(WeightMatrix Gate, WeightMatrix Up, WeightMatrix Down)
{
    public long Bytes => Gate.Bytes + Up.Bytes + Down.Bytes;

    public ExpertTypes Types => new(Gate.Type, Up.Type, Down.Type);

    /// <summary>Copies the bytes <c>[offset, offset + destination.Length)</c>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not inside the expert.</exception>
    public void Read(long offset, Span<byte> destination)
    {
        if (offset < 0 || offset > Bytes - destination.Length)
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"{destination.Length} bytes from here end past {Bytes}");
        foreach (var matrix in (ReadOnlySpan<WeightMatrix>)[Gate, Up, Down])
        {
            while (offset < matrix.Bytes && !destination.IsEmpty)
            {
                var (row, skip) = Math.DivRem(offset, matrix.RowBytes);
                var source = matrix.Row((int)row)[(int)skip..];
                var length = Math.Min(source.Length, destination.Length);
                source[..length].CopyTo(destination);
                destination = destination[length..];
                offset += length;
            }

            offset = Math.Max(0, offset - matrix.Bytes);
        }
    }

    /// <summary>SHA-256 of all bytes, 64 lower-case hex digits.</summary>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var matrix in (ReadOnlySpan<WeightMatrix>)[Gate, Up, Down])
        {
            for (var row = 0; row < matrix.Rows; row++)
                hash.AppendData(matrix.Row(row));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>How the files store an expert's three matrices.</summary>
public readonly record struct ExpertTypes(WeightType Gate, WeightType Up, WeightType Down);
