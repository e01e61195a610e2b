using System.Buffers.Binary;

namespace MoE.Model;

/// <summary>The first 24 bytes.</summary>
/// <param name="Version">2 or 3; they differ in what big-endian files may be, which are refused.</param>
/// <param name="TensorCount">Tensor infos that follow the metadata.</param>
/// <param name="MetadataCount">Key-value pairs that follow.</param>
internal sealed record GgufHeader(uint Version, long TensorCount, long MetadataCount)
{
    private const int LeastTensorInfoBytes = 8 + 4 + 8 + 4 + 8;
    private const int LeastMetadataBytes = 8 + 1 + 4 + 1;

    /// <exception cref="ModelFormatException">The magic or the version is not GGUF's, or a count cannot be.</exception>
    public static GgufHeader Read(GgufReader reader)
    {
        var magic = reader.Bytes(4, "magic");
        if (!magic.SequenceEqual("GGUF"u8))
        {
            throw new ModelFormatException(
                $"{reader.File}: magic is {Convert.ToHexString(magic)}; a GGUF file starts with {Convert.ToHexString("GGUF"u8)} ('GGUF'), and safetensors are opened by their directory");
        }

        var version = reader.UInt32("version");
        if (version is not (2 or 3))
        {
            throw new ModelFormatException(BinaryPrimitives.ReverseEndianness(version) is >= 1 and <= 3
                ? $"{reader.File}: version is 0x{version:X8}, byte-swapped: the file is big-endian; only little-endian GGUF is supported"
                : $"{reader.File}: version is {version}; 2 and 3 are supported");
        }

        var tensors = reader.Count("tensor_count", GgufLimits.Tensors, LeastTensorInfoBytes);
        var pairs = reader.Count("metadata_kv_count", GgufLimits.MetadataKeys, LeastMetadataBytes);
        return new GgufHeader(version, tensors, pairs);
    }
}
