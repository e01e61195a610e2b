using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>Operations on rows of f32. Reductions follow <see cref="Lanes"/>.</summary>
public static class VectorOps
{
    /// <summary><c>Σ a[i]·b[i]</c>, fused multiply-adds in the canonical lanes.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        SameLength(a.Length, b.Length);
        if (ActiveKernels.Reference)
            return DotReference(a, b);
        var sum = Vector512<float>.Zero;
        var last = Lanes.Whole(a.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            sum = Vector512.FusedMultiplyAdd(Lanes.Load(a, i), Lanes.Load(b, i), sum);
        if (last < a.Length)
            sum = Vector512.FusedMultiplyAdd(Lanes.LoadTail(a, last), Lanes.LoadTail(b, last), sum);
        return Lanes.Fold(sum);
    }

    /// <summary>The plain form of <see cref="Dot"/>.</summary>
    internal static float DotReference(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        Span<float> lanes = stackalloc float[Lanes.Count];
        lanes.Clear();
        for (var i = 0; i < a.Length; i++)
            lanes[i % Lanes.Count] = MathF.FusedMultiplyAdd(a[i], b[i], lanes[i % Lanes.Count]);
        return Lanes.Fold(lanes);
    }

    /// <summary><c>destination[i] += scale · source[i]</c>, fused.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void AddScaled(Span<float> destination, ReadOnlySpan<float> source, float scale)
    {
        SameLength(destination.Length, source.Length);
        if (ActiveKernels.Reference)
        {
            for (var i = 0; i < source.Length; i++)
                destination[i] = MathF.FusedMultiplyAdd(scale, source[i], destination[i]);
            return;
        }

        var factor = Vector512.Create(scale);
        var last = Lanes.Whole(source.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            Lanes.Store(Vector512.FusedMultiplyAdd(factor, Lanes.Load(source, i), Lanes.Load(destination, i)), destination, i);
        if (last < source.Length)
            Lanes.StoreTail(Vector512.FusedMultiplyAdd(factor, Lanes.LoadTail(source, last), Lanes.LoadTail(destination, last)), destination, last);
    }

    /// <summary><c>values[i] *= scale</c>.</summary>
    public static void Scale(Span<float> values, float scale)
    {
        if (ActiveKernels.Reference)
        {
            foreach (ref var value in values)
                value *= scale;
            return;
        }

        var factor = Vector512.Create(scale);
        var last = Lanes.Whole(values.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            Lanes.Store(Lanes.Load(values, i) * factor, values, i);
        if (last < values.Length)
            Lanes.StoreTail(Lanes.LoadTail(values, last) * factor, values, last);
    }

    /// <summary><c>destination[i] += source[i]</c>.</summary>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Add(Span<float> destination, ReadOnlySpan<float> source)
    {
        SameLength(destination.Length, source.Length);
        if (ActiveKernels.Reference)
        {
            for (var i = 0; i < source.Length; i++)
                destination[i] += source[i];
            return;
        }

        var last = Lanes.Whole(source.Length);
        for (var i = 0; i < last; i += Lanes.Count)
            Lanes.Store(Lanes.Load(destination, i) + Lanes.Load(source, i), destination, i);
        if (last < source.Length)
            Lanes.StoreTail(Lanes.LoadTail(destination, last) + Lanes.LoadTail(source, last), destination, last);
    }

    internal static void SameLength(int left, int right)
    {
        if (left != right)
            throw new ArgumentException($"rows of {left} and {right} values differ in length");
    }
}
