using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>
/// A model's identity: XxHash128 over the files' bytes, the configuration and the compute type; where the files are does not
/// count. Up to 256 MiB every byte counts. Beyond, each file gives its length, its header (names, shapes, offsets), its first and
/// last 64 KiB and 64 KiB at even strides, at most about 64 MiB in all, and each tensor that is no routed expert's its first 64 KiB: a
/// stride steps over a router or a norm. Enough to tell models and quantisations apart without reading a hundred gigabytes, and no
/// defence against somebody who edits a byte on purpose.
/// </summary>
internal static class ModelHash
{
    private const long WholeBytes = 256L << 20;
    private const int SampleBytes = 64 << 10;
    private const long Samples = 1024;
    private const long LeastStride = 1L << 20;

    /// <param name="files">The weight files, in the model's order.</param>
    /// <param name="tensors">What is no routed expert's.</param>
    /// <param name="config">The configuration; its name does not count.</param>
    /// <param name="computeType">What matrices are converted to, or null.</param>
    /// <returns>32 lower-case hex digits.</returns>
    public static string Compute(IReadOnlyList<HashedFile> files, IEnumerable<StoredTensor> tensors, ModelConfig config, WeightType? computeType) =>
        Compute(files, tensors, config, computeType, WholeBytes);

    /// <inheritdoc cref="Compute(IReadOnlyList{HashedFile}, IEnumerable{StoredTensor}, ModelConfig, WeightType?)"/>
    internal static string Compute(
        IReadOnlyList<HashedFile> files, IEnumerable<StoredTensor> tensors, ModelConfig config, WeightType? computeType, long wholeBytes)
    {
        var hash = new XxHash128();
        var total = files.Sum(file => file.Memory.Length);
        var stride = Math.Max(LeastStride, total / Samples);
        foreach (var file in files)
        {
            AppendNumber(hash, file.Memory.Length);
            if (total <= wholeBytes)
                AppendRange(hash, file.Memory, 0, file.Memory.Length);
            else
                AppendSamples(hash, file, stride);
        }

        foreach (var tensor in total <= wholeBytes ? [] : tensors)
            AppendStart(hash, tensor);
        hash.Append(Encoding.UTF8.GetBytes(Facts(config)));
        hash.Append(Encoding.UTF8.GetBytes(computeType is { } type ? type.Name() : "stored"));
        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static void AppendSamples(XxHash128 hash, HashedFile file, long stride)
    {
        var length = file.Memory.Length;
        AppendRange(hash, file.Memory, 0, Math.Min(file.HeaderBytes, length));
        for (var offset = 0L; offset < length; offset += stride)
            AppendRange(hash, file.Memory, offset, Math.Min(SampleBytes, length - offset));
        var last = Math.Min(SampleBytes, length);
        AppendRange(hash, file.Memory, length - last, last);

        // A fault maps what the page cache has around a sample: together that is a good part of the file.
        file.Memory.Release(0, length);
    }

    private static void AppendStart(XxHash128 hash, StoredTensor tensor)
    {
        var length = Math.Min(SampleBytes, tensor.Info.Bytes);
        AppendRange(hash, tensor.Memory, tensor.Offset, length);
        tensor.Memory.Release(tensor.Offset, length);
    }

    private static void AppendRange(XxHash128 hash, WeightMemory memory, long offset, long length)
    {
        for (var end = offset + length; offset < end;)
        {
            var chunk = (int)Math.Min(1 << 24, end - offset);
            hash.Append(memory.Slice(offset, chunk));
            offset += chunk;
        }
    }

    private static void AppendNumber(XxHash128 hash, long value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        hash.Append(bytes);
    }

    /// <summary>Whatever the arithmetic depends on. A record's own text would print a list as its type's name.</summary>
    private static string Facts(ModelConfig config)
    {
        var scaling = config.Rope.Scaling is RopeScaling.FrequencyFactors factors
            ? string.Join(' ', factors.Divisors.Select(divisor => divisor.ToString("R", CultureInfo.InvariantCulture)))
            : config.Rope.Scaling?.ToString() ?? "none";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{config.Family};{config.VocabSize};{config.HiddenSize};{config.NumAttentionHeads};{config.NumKeyValueHeads};{config.HeadDim};{config.MaxPositionEmbeddings};{config.RmsNormEps:R};{config.TieWordEmbeddings};{config.QkNorm};{config.ClipQkv};{config.Rope.Theta:R};{config.Rope.RotaryDim};{config.Rope.Style};{scaling};{config.Router};{config.MoeIntermediateSize};{config.SharedExpertIntermediateSize};{string.Join(',', config.Layers)}");
    }
}

/// <summary>A weight file as <see cref="ModelHash"/> reads it.</summary>
/// <param name="Memory">The whole file.</param>
/// <param name="HeaderBytes">Leading bytes that describe the tensors.</param>
internal sealed record HashedFile(WeightMemory Memory, long HeaderBytes);
