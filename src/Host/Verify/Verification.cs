using MoE.Kernels;
using MoE.Model;

namespace MoE.Host;

/// <summary>Compares everything that a directory's reference allows: its safetensors, and each of its GGUF files twice.</summary>
internal sealed class Verification
{
    private const string Exact = "reference.safetensors";

    // Native kernels round activations to int8. With random weights, whose last chosen experts flip, they may be as far off as
    // the larger of a floor and a multiple of llama.cpp's own error; a trained model is held to the multiple alone.
    private const double NmseFloor = 8e-3;
    private const double KlFloor = 1.6e-2;
    private const double RandomFactor = 2.5;
    private const double TrainedFactor = 3;

    private readonly string _directory;
    private readonly Reference _reference;
    private readonly ComputePool _pool;
    private readonly List<VerifyRow> _rows = [];

    private Verification(string directory, ComputePool pool)
    {
        _directory = directory;
        _reference = Reference.Read(directory);
        _pool = pool;
    }

    /// <summary>Runs every check.</summary>
    /// <param name="directory">A model directory with a reference.json.</param>
    /// <param name="pool">Threads.</param>
    /// <param name="progress">Told what is being looked at.</param>
    /// <exception cref="ModelFormatException">A file cannot be read.</exception>
    public static IReadOnlyList<VerifyRow> Run(string directory, ComputePool pool, Action<string> progress)
    {
        var verification = new Verification(directory, pool);
        progress("safetensors");
        verification.Attempt("safetensors f32", verification.Safetensors);
        foreach (var gguf in verification._reference.Gguf)
        {
            progress(gguf.File);
            verification.Attempt(gguf.File, () => verification.Gguf(gguf));
        }

        return verification._rows;
    }

    /// <summary>A file that cannot be read is a miss like any other; the rest is still compared.</summary>
    private void Attempt(string path, Action compare)
    {
        try
        {
            compare();
        }
        catch (ModelFormatException e)
        {
            _rows.Add(new VerifyRow(path, "open", double.NaN, double.NaN, VerifyOutcome.Fail, e.Message));
        }
    }

    private int MaxPositions => Math.Max(
        _reference.Prompts.Max(prompt => prompt.Ids.Length + prompt.GreedyIds.Length), _reference.HeldOut?.Window ?? 0);

    private void Safetensors()
    {
        const string path = "safetensors f32";
        if (Directory.GetFiles(_directory, "model*.safetensors").Length == 0)
        {
            _rows.Add(VerifyRow.Skip(path, "all", "the directory has no model*.safetensors"));
            return;
        }

        using var source = ModelSource.Open(_directory, WeightType.F32);
        Text("safetensors", source, []);
        using var model = new ModelUnderTest(source, _pool, MaxPositions);
        Float32(path, model, Exact, allowNearTies: _reference.HeldOut is not null);
        Greedy(path, source, model);
        if (_reference.HeldOut is { } heldOut)
        {
            var tokenizer = source.CreateTokenizer();
            _rows.AddRange(HeldOutCheck.Run(path, _directory, heldOut, model, tokenizer));
            _rows.AddRange(KvCacheCheck.Run(path, HeldOutCheck.Windows(_directory, heldOut, tokenizer), source, _pool, model));
        }
    }

    private void Gguf(ReferenceGguf gguf)
    {
        var file = Path.Combine(_directory, gguf.File);
        if (!File.Exists(file))
        {
            _rows.Add(VerifyRow.Skip(gguf.File, "all", "not in the directory"));
            return;
        }

        Dictionary<string, HeldOutLoss> exact = [];
        using (var source = ModelSource.Open(file, WeightType.F32))
        {
            Text(gguf.File, source, gguf.Llamacpp.TokenizerCasesThatDiffer ?? []);
            using var model = new ModelUnderTest(source, _pool, MaxPositions);
            Float32($"{gguf.File} f32", model, gguf.Reference, allowNearTies: true);
            if (gguf.Reference == Exact)
                Greedy($"{gguf.File} f32", source, model);
            if (_reference.HeldOut is { } heldOut)
                exact = HeldOutCheck.Losses(_directory, heldOut, model, source.CreateTokenizer());
        }

        using (var source = ModelSource.Open(file))
        {
            using var model = new ModelUnderTest(source, _pool, MaxPositions);
            Native($"{gguf.File} native", model, gguf);
            if (_reference.HeldOut is { } heldOut)
            {
                var native = HeldOutCheck.Losses(_directory, heldOut, model, source.CreateTokenizer());
                _rows.AddRange(HeldOutCheck.Compare($"{gguf.File} native", exact, native));
            }
        }
    }

    private void Text(string path, ModelSource source, IReadOnlyCollection<string> mayDiffer)
    {
        var tokenizer = source.CreateTokenizer();
        _rows.AddRange(TextChecks.Tokenizer(path, tokenizer, _reference.Tokenizer, mayDiffer));
        if (_reference.Chat.Count > 0 && source.ChatTemplate is not null)
            _rows.Add(TextChecks.Chat(path, Templates.Create(source, tokenizer, TimeProvider.System), _reference.Chat));
    }

    private void Float32(string path, ModelUnderTest model, string expectedFile, bool allowNearTies)
    {
        using var expected = OpenExpected(path, expectedFile);
        if (expected is null)
            return;
        var routing = new RoutingCheck(path, _reference, expected);
        var difference = new Difference();
        var notCompared = 0;
        for (var p = 0; p < _reference.Prompts.Count; p++)
        {
            var prompt = _reference.Prompts[p];
            var outputs = model.Run(prompt.Ids, prompt.LogitsFrom);
            var comparable = routing.Add(p, outputs, allowNearTies);
            var logits = Logits(expected, p, outputs.Logits.Length);
            var values = Math.Max(0, comparable - prompt.LogitsFrom) * model.VocabSize;
            difference.Add(outputs.Logits.AsSpan(0, values), logits.AsSpan(0, values), model.VocabSize);
            notCompared += (logits.Length - values) / model.VocabSize;
        }

        var note = notCompared > 0 ? $"{notCompared} positions after a near tie not compared" : "";
        _rows.Add(VerifyRow.Compare(path, "logits, largest absolute difference", difference.LargestAbs, _reference.Tolerance.LogitsAbs, note));
        _rows.AddRange(routing.Rows());
    }

    private void Native(string path, ModelUnderTest model, ReferenceGguf gguf)
    {
        using var expected = OpenExpected(path, gguf.Reference);
        if (expected is null)
            return;
        var difference = new Difference();
        for (var p = 0; p < _reference.Prompts.Count; p++)
        {
            var prompt = _reference.Prompts[p];
            var logits = model.Run(prompt.Ids, prompt.LogitsFrom).Logits;
            difference.Add(logits, Logits(expected, p, logits.Length), model.VocabSize);
        }

        var trained = _reference.HeldOut is not null;
        var (nmse, kl) = trained
            ? (TrainedFactor * gguf.Llamacpp.Nmse, TrainedFactor * gguf.Llamacpp.MeanKl)
            : (Math.Max(NmseFloor, RandomFactor * gguf.Llamacpp.Nmse), Math.Max(KlFloor, RandomFactor * gguf.Llamacpp.MeanKl));
        _rows.Add(VerifyRow.Compare(path, "logits, normalised mean squared error", difference.Nmse, nmse, $"llama.cpp {gguf.Llamacpp.Nmse:0.0e+0}"));
        _rows.Add(VerifyRow.Compare(path, "logits, mean KL divergence", difference.MeanKl, kl, $"llama.cpp {gguf.Llamacpp.MeanKl:0.0e+0}"));
    }

    private void Greedy(string path, ModelSource source, ModelUnderTest model)
    {
        var tokenizer = source.CreateTokenizer();
        var (differing, first) = (0, "");
        for (var p = 0; p < _reference.Prompts.Count; p++)
        {
            var prompt = _reference.Prompts[p];
            var ids = model.Greedy(prompt.Ids, prompt.GreedyIds.Length);
            if (ids.AsSpan().SequenceEqual(prompt.GreedyIds) && tokenizer.Decode(ids) == prompt.GreedyText)
                continue;
            if (differing++ == 0)
                first = $"first: prompt {p}, token {ids.AsSpan().CommonPrefixLength(prompt.GreedyIds)}";
        }

        _rows.Add(VerifyRow.Compare(path, $"greedy continuations ({_reference.Prompts.Count} prompts)", differing, 0, first));
    }

    private SafetensorsFile? OpenExpected(string path, string file)
    {
        var full = Path.Combine(_directory, file);
        if (File.Exists(full))
            return SafetensorsFile.Open(full);
        _rows.Add(VerifyRow.Skip(path, "logits and routing", $"{file} is not in the directory"));
        return null;
    }

    private static float[] Logits(SafetensorsFile expected, int prompt, int length)
    {
        var logits = expected.ReadFloats($"logits.{prompt}");
        return logits.Length == length
            ? logits
            : throw new ModelFormatException($"{expected.Path}: logits.{prompt} has {logits.Length} values, the model gives {length}");
    }
}
