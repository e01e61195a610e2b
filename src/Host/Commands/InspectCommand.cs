using System.CommandLine;
using System.Text.Json;
using MoE.Kernels;
using MoE.Model;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe inspect FILE</c>: what a model file says, and what serving it takes. Reads headers, not weights.</summary>
internal static class InspectCommand
{
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    public static Command Create()
    {
        var model = new Argument<string>("model") { Description = "GGUF file, safetensors directory, or a bundled model's name" };
        var type = new Option<string?>("--type") { Description = "As if its matrices were converted on load: f32, f16, bf16, q8_0, q4_0" };
        var cacheType = new Option<string>("--kv-cache-type")
        {
            Description = "As if keys and values were stored so: f32, bf16, f16",
            DefaultValueFactory = _ => WeightType.F32.Name(),
        };
        var nodes = new Option<int>("--nodes") { Description = "Expert nodes to spread the experts over", DefaultValueFactory = _ => 2 };
        var tensors = new Option<bool>("--tensors") { Description = "List every tensor" };
        var json = new Option<bool>("--json") { Description = "Print everything as JSON" };
        var command = new Command(
            "inspect",
            """
            Show a model's architecture, experts and sizes, and what each node of a cluster would need.

            Examples:
              moe inspect quarto-8m
              moe inspect OLMoE-1B-7B-Q4_K_M.gguf --nodes 4
            """)
        {
            model, type, cacheType, nodes, tensors, json,
        };
        command.SetAction((result, _) => CommandRunner.RunAsync(() => Task.FromResult(Run(
            result.GetValue(model)!, result.GetValue(type), result.GetValue(cacheType)!, result.GetValue(nodes), result.GetValue(tensors),
            result.GetValue(json)))));
        return command;
    }

    private static int Run(string model, string? type, string cacheType, int nodes, bool tensors, bool json)
    {
        if (nodes < 1)
            throw new ArgumentException($"--nodes {nodes}: must be at least 1");
        using var source = ModelSource.Open(ModelLocator.Find(model));
        var needs = ModelNeeds.Of(source, NodeSettings.ParseType(type ?? ""), nodes, NodeSettings.ParseKvCacheType(cacheType));
        if (json)
        {
            Console.WriteLine(JsonSerializer.Serialize(
                new { source.Path, source.Hash, source.Config, Needs = needs, source.Generation, HasChatTemplate = source.ChatTemplate is not null, source.Tensors },
                s_json));
            return 0;
        }

        var console = CommandRunner.OutputConsole();
        ShowConfig(console, source);
        ShowNeeds(console, needs, nodes);
        ShowTypes(console, source);
        if (tensors)
            ShowTensors(console, source);
        return 0;
    }

    private static void ShowConfig(IAnsiConsole console, ModelSource source)
    {
        var config = source.Config;
        var moe = config.Layers.Count(layer => layer.IsMoE);
        var grid = new Grid().AddColumn().AddColumn();
        void Row(string name, string value) => grid.AddRow($"[dim]{name}[/]", Markup.Escape(value));
        Row("model", config.Name);
        Row("architecture", config.Architecture);
        Row("hash", source.Hash);
        Row("layers", $"{config.NumHiddenLayers}: {moe} with experts, {config.NumHiddenLayers - moe} dense");
        Row("experts", $"{config.Router.NumExperts} a layer, top-{config.Router.TopK}, {(config.Router.NormTopkProb ? "weights renormalised" : "weights as they are")}");
        Row("expert", $"{config.HiddenSize} → {config.MoeIntermediateSize} → {config.HiddenSize}");
        if (config.SharedExpertIntermediateSize > 0)
            Row("shared expert", $"{config.HiddenSize} → {config.SharedExpertIntermediateSize} → {config.HiddenSize}");
        Row("attention", $"{config.NumAttentionHeads} heads of {config.HeadDim}, {config.NumKeyValueHeads} for keys and values");
        Row("rope", $"theta {config.Rope.Theta:0}{(config.Rope.Scaling is { } scaling ? $", {scaling}" : "")}");
        Row("vocabulary", $"{config.VocabSize}{(config.TieWordEmbeddings ? ", tied to the output" : "")}");
        Row("context", $"{config.MaxPositionEmbeddings} positions");
        Row("chat template", source.ChatTemplate is null ? $"none in the file; {config.Family}'s known format" : "in the file");
        console.Write(grid);
    }

    private static void ShowNeeds(IAnsiConsole console, ModelNeeds needs, int nodes)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "bytes");
        table.AddRow("one expert, largest", Bytes.Format(needs.LargestExpertBytes));
        table.AddRow("all routed experts", Bytes.Format(needs.ExpertBytes));
        table.AddRow($"each of {nodes} expert nodes", Bytes.Format(needs.ExpertBytesPerNode));
        table.AddRow("front: everything else", Bytes.Format(needs.FrontBytes));
        table.AddRow("front: cache per 1,000 positions", Bytes.Format(needs.CacheBytesPerThousandPositions));
        console.Write(table);
    }

    private static void ShowTypes(IAnsiConsole console, ModelSource source)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("type", "tensors", "bytes in the file");
        foreach (var group in source.Tensors.GroupBy(tensor => tensor.Type).OrderByDescending(group => group.Sum(tensor => tensor.Bytes)))
            table.AddRow(Markup.Escape(group.Key), $"{group.Count()}", Bytes.Format(group.Sum(tensor => tensor.Bytes)));
        console.Write(table);
    }

    private static void ShowTensors(IAnsiConsole console, ModelSource source)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("tensor", "type", "shape", "bytes", "file");
        foreach (var tensor in source.Tensors)
        {
            table.AddRow(
                Markup.Escape(tensor.Name), Markup.Escape(tensor.Type), $"{string.Join(" × ", tensor.Shape)}",
                Bytes.Format(tensor.Bytes), Markup.Escape(Path.GetFileName(tensor.File)));
        }

        console.Write(table);
    }
}
