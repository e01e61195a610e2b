using MoE.Gating;
using MoE.Kernels;

namespace MoE.Model;

/// <summary>Makes layers whose experts are all in this process.</summary>
/// <param name="source">Where the weights come from; outlives the layers.</param>
/// <param name="pool">Threads.</param>
public sealed class LocalMoELayerFactory(ModelSource source, ComputePool pool) : IMoELayerFactory, IDisposable
{
    private readonly List<ExpertWeights> _loaded = [];
    private readonly LocalMoEWorkspace _workspace = new();

    public IMoELayer Create(int layer, SharedExpert? shared)
    {
        var gate = new GateLayer(source.Matrix(TensorRole.Router, layer), new TopKRouter(source.Config.Router));
        var experts = new ExpertWeights[source.Config.Router.NumExperts];
        for (var expert = 0; expert < experts.Length; expert++)
        {
            experts[expert] = source.Expert(layer, expert);
            _loaded.Add(experts[expert]);
        }

        return new LocalMoELayer(layer, gate, experts, shared, pool, _workspace);
    }

    public void Dispose()
    {
        foreach (var expert in _loaded)
            expert.Dispose();
        _loaded.Clear();
    }
}
