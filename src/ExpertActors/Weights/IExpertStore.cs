using MoE.Model;
using MoE.Protocol;

namespace MoE.ExpertActors;

/// <summary>Experts as the model's files have them, from wherever they lie on this node. For one reader at a time.</summary>
public interface IExpertStore
{
    /// <summary>Whether every expert is here.</summary>
    bool Whole { get; }

    /// <summary>The experts that are here, where not all are.</summary>
    IReadOnlyCollection<ExpertId> Experts { get; }

    /// <summary>Reads <c>[offset, offset + destination.Length)</c> of an expert. False where it is not here, or has no such bytes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    bool TryRead(ExpertId expert, long offset, Span<byte> destination);
}

/// <summary>The experts of an opened model.</summary>
public sealed class ModelExpertStore(ModelSource source) : IExpertStore
{
    public bool Whole => true;

    public IReadOnlyCollection<ExpertId> Experts => [];

    public bool TryRead(ExpertId expert, long offset, Span<byte> destination)
    {
        try
        {
            if (!source.HasExpert(expert.Layer, expert.Expert) || source.Stored(expert.Layer, expert.Expert) is not { } stored
                || offset < 0 || offset > stored.Bytes - destination.Length)
            {
                return false;
            }

            stored.Read(offset, destination);
            return true;
        }
        catch (ModelFormatException e)
        {
            throw new IOException(e.Message, e);
        }
    }
}
