using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoE.Kernels;

/// <summary>
/// eˣ in f32, the same bits in vector and scalar code and on every machine, which the platform's own functions do not
/// promise: range reduction by ln 2 in two parts and the polynomial of Cephes' expf (Moshier), every step fused.
/// Below ln of the smallest normal the result is 0, above ln of the largest it is the largest power kept finite.
/// </summary>
internal static class Exponential
{
    private const float Least = -87.33654f;
    private const float Most = 88.37626f;
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;
    private const float C0 = 1.9875691500e-4f;
    private const float C1 = 1.3981999507e-3f;
    private const float C2 = 8.3334519073e-3f;
    private const float C3 = 4.1665795894e-2f;
    private const float C4 = 1.6666665459e-1f;
    private const float C5 = 5.0000001201e-1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        // The native forms are one instruction each; with x as the second operand they hand a NaN on.
        var bounded = Vector512.MaxNative(Vector512.Create(Least), Vector512.MinNative(Vector512.Create(Most), x));
        var n = Vector512.Floor(Vector512.FusedMultiplyAdd(bounded, Vector512.Create(Log2E), Vector512.Create(0.5f)));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2High), bounded);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-Ln2Low), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(C0), r, Vector512.Create(C1));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C2));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C3));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C4));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(C5));
        p = Vector512.FusedMultiplyAdd(p, r * r, r) + Vector512<float>.One;
        var power = (Vector512.ConvertToInt32Native(n) + Vector512.Create(127)) << 23;
        return Vector512.ConditionalSelect(Vector512.LessThan(x, Vector512.Create(Least)), Vector512<float>.Zero, p * power.AsSingle());
    }

    public static float Of(float x)
    {
        var bounded = MathF.Max(MathF.Min(x, Most), Least);
        var n = MathF.Floor(MathF.FusedMultiplyAdd(bounded, Log2E, 0.5f));
        var r = MathF.FusedMultiplyAdd(n, -Ln2High, bounded);
        r = MathF.FusedMultiplyAdd(n, -Ln2Low, r);
        var p = MathF.FusedMultiplyAdd(C0, r, C1);
        p = MathF.FusedMultiplyAdd(p, r, C2);
        p = MathF.FusedMultiplyAdd(p, r, C3);
        p = MathF.FusedMultiplyAdd(p, r, C4);
        p = MathF.FusedMultiplyAdd(p, r, C5);
        p = MathF.FusedMultiplyAdd(p, r * r, r) + 1f;
        var power = BitConverter.Int32BitsToSingle((int)n + 127 << 23);
        return x < Least ? 0f : p * power;
    }
}
