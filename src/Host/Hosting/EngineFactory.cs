using Akka.Configuration;
using Microsoft.Extensions.Logging;
using MoE.Engine;
using MoE.Kernels;
using MoE.Model;
using MoE.Protocol;

namespace MoE.Host;

/// <summary>Makes an engine from a model's files and the <c>moe.engine.*</c> keys.</summary>
internal static class EngineFactory
{
    /// <param name="source">The model; outlives the engine.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="factory">Makes the MoE layers.</param>
    /// <param name="config">The process's configuration.</param>
    /// <param name="modelId">What clients name.</param>
    /// <param name="ready">Whether every expert has a live owner; if not, why.</param>
    /// <param name="loggers">For the engine.</param>
    public static Engine.Engine Create(
        ModelSource source, ComputePool pool, IMoELayerFactory factory, Config config, string modelId,
        Func<EngineReadiness> ready, ILoggerFactory loggers)
    {
        var settings = ReadSettings(config);
        var tokenizer = source.CreateTokenizer();
        var template = Templates.Create(source, tokenizer, TimeProvider.System);
        var model = new DecoderModel(source, factory, pool, ReadCache(config, source.Config, settings.PrefixCache));
        return new Engine.Engine(
            new EngineModel(modelId, source.Config, tokenizer, template, source.Generation),
            new DecoderForwardPass(model), settings, ready, loggers.CreateLogger<Engine.Engine>());
    }

    /// <exception cref="ConfigurationException">A value is out of its range; the message names the key.</exception>
    internal static EngineSettings ReadSettings(Config config)
    {
        var section = config.GetConfig("moe.engine");
        var sequences = (int)ConfigValues.Integer(section, "moe.engine", "max-sequences", 1, 4096);
        return new EngineSettings(
            (int)ConfigValues.Integer(section, "moe.engine", "max-model-length", 0, int.MaxValue),
            sequences,
            (int)ConfigValues.Integer(section, "moe.engine", "max-waiting", 0, 1 << 20),
            (int)ConfigValues.Integer(section, "moe.engine", "max-batch-tokens", sequences, 1 << 20),
            section.GetBoolean("prefix-cache"))
        {
            MaxPrefillTokensWhileDecoding = (int)ConfigValues.Integer(section, "moe.engine", "max-prefill-tokens-while-decoding", 1, 1 << 20),
        };
    }

    /// <summary>As many blocks as moe.engine.kv-cache-bytes holds; a block has every layer's keys and values of its positions.</summary>
    internal static KvCacheSettings ReadCache(Config config, ModelConfig model, bool sharesPrefixes)
    {
        var type = NodeSettings.ReadKvCacheType(config);
        var bytes = config.GetLong("moe.engine.kv-cache-bytes");
        var layout = new KvLayout(model.NumHiddenLayers, model.NumKeyValueHeads, model.HeadDim, type);
        var blocks = bytes / layout.BlockBytes;
        return blocks >= 1
            ? new KvCacheSettings((int)Math.Min(blocks, int.MaxValue), type, sharesPrefixes)
            : throw new ConfigurationException($"moe.engine.kv-cache-bytes = {bytes}: one block of {KvLayout.BlockPositions} positions takes {layout.BlockBytes} bytes");
    }
}
