namespace MoE.Protocol;

/// <summary>One routed expert: the layer's index in the model and the expert's index in the layer.</summary>
public readonly record struct ExpertId(int Layer, int Expert) : IComparable<ExpertId>
{
    public int CompareTo(ExpertId other) => Layer != other.Layer ? Layer.CompareTo(other.Layer) : Expert.CompareTo(other.Expert);

    public override string ToString() => $"{Layer}/{Expert}";

    public static bool operator <(ExpertId left, ExpertId right) => left.CompareTo(right) < 0;

    public static bool operator <=(ExpertId left, ExpertId right) => left.CompareTo(right) <= 0;

    public static bool operator >(ExpertId left, ExpertId right) => left.CompareTo(right) > 0;

    public static bool operator >=(ExpertId left, ExpertId right) => left.CompareTo(right) >= 0;
}
