using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Values of a float type one by one, and many at once.</summary>
internal static unsafe class FloatValues
{
    /// <summary>Element <paramref name="k"/>, exactly.</summary>
    public static float Read(WeightType type, byte* row, int k) => type switch
    {
        WeightType.F32 => ((float*)row)[k],
        WeightType.F16 => HalfFloats.ToSingle(((ushort*)row)[k]),
        WeightType.BF16 => BitConverter.Int32BitsToSingle(((ushort*)row)[k] << 16),
        _ => throw NoFloat(type),
    };

    /// <summary>Overwrites element <paramref name="k"/>, rounded to nearest, ties to even.</summary>
    public static void Write(WeightType type, byte* row, int k, float value)
    {
        switch (type)
        {
            case WeightType.F32:
                ((float*)row)[k] = value;
                break;
            case WeightType.F16:
                ((ushort*)row)[k] = Quantize.HalfBits(value);
                break;
            case WeightType.BF16:
                ((ushort*)row)[k] = Quantize.BrainBits(value);
                break;
            default:
                throw NoFloat(type);
        }
    }

    /// <summary>Copies values as f32, exactly.</summary>
    /// <param name="type">How they are stored.</param>
    /// <param name="source">Values.</param>
    /// <param name="count">How many, a multiple of sixteen.</param>
    /// <param name="destination">As many; overwritten.</param>
    public static void Widen(WeightType type, byte* source, int count, float* destination)
    {
        switch (type)
        {
            case WeightType.F32:
                Widen<Float32>(source, count, destination);
                break;
            case WeightType.F16:
                Widen<Float16>(source, count, destination);
                break;
            case WeightType.BF16:
                Widen<BFloat16>(source, count, destination);
                break;
            default:
                throw NoFloat(type);
        }
    }

    private static void Widen<TFormat>(byte* source, int count, float* destination)
        where TFormat : IFloatFormat
    {
        for (var i = 0; i < count; i += Lanes.Count)
            TFormat.Load(source, i).Store(destination + i);
    }

    private static ArgumentOutOfRangeException NoFloat(WeightType type) => new(nameof(type), type, "no float type");
}
