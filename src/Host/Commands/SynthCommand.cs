using System.CommandLine;
using MoE.Kernels;
using MoE.Model;
using Spectre.Console;

namespace MoE.Host;

/// <summary><c>moe synth OUT.gguf</c>: a file with a real model's shape and random weights.</summary>
internal static class SynthCommand
{
    public static Command Create()
    {
        var output = new Argument<FileInfo>("output") { Description = "GGUF file to write" };
        var shape = new Option<string>("--shape")
        {
            Description = $"One of {string.Join(", ", ModelShape.Known.Select(known => known.Name))}",
            DefaultValueFactory = _ => "olmoe-1b-7b",
        };
        var layers = new Option<int?>("--layers") { Description = "Layers to write; the default is the shape's own number" };
        var type = new Option<string>("--type")
        {
            Description = $"Type of the matrices: {string.Join(", ", Enum.GetValues<WeightType>().Select(known => known.Name()))}",
            DefaultValueFactory = _ => "q4_0",
        };
        var force = new Option<bool>("--force") { Description = "Overwrite the file" };
        var command = new Command(
            "synth",
            """
            Write a model of random weights with a published model's shape, to measure machines and clusters before a download.

            Examples:
              moe synth --shape olmoe-1b-7b --type q4_0 olmoe.gguf
              moe synth --shape qwen3-30b-a3b --layers 12 --type q8_0 qwen3.gguf
            """)
        {
            output, shape, layers, type, force,
        };
        command.SetAction((result, _) => CommandRunner.RunAsync(() => Task.FromResult(Run(
            result.GetValue(output)!.FullName, result.GetValue(shape)!, result.GetValue(layers), result.GetValue(type)!, result.GetValue(force)))));
        return command;
    }

    private static int Run(string path, string shapeName, int? layers, string typeName, bool force)
    {
        var shape = ModelShape.Known.FirstOrDefault(known => string.Equals(known.Name, shapeName, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"--shape {shapeName}: must be one of {string.Join(", ", ModelShape.Known.Select(known => known.Name))}");
        if (layers is < 1 || layers > shape.Layers)
            throw new ArgumentException($"--layers {layers}: must be in 1..{shape.Layers}, the layers of {shape.Name}");
        if (File.Exists(path) && !force)
            throw new IOException($"{path} exists; --force overwrites it");
        var model = new SyntheticModel(shape with { Layers = layers ?? shape.Layers }, ParseType(typeName));
        var console = CommandRunner.ErrorConsole();
        console.Progress().Start(progress =>
        {
            var task = progress.AddTask("writing", maxValue: model.Bytes);
            model.Write(path, written => task.Value = written);
        });
        console.MarkupLineInterpolated($"{path}: {Bytes.Format(model.Bytes)} of {typeName}, {layers ?? shape.Layers} layers of {shape.Name}, random weights");
        return 0;
    }

    private static WeightType ParseType(string name)
    {
        foreach (var type in Enum.GetValues<WeightType>())
        {
            if (string.Equals(type.Name(), name, StringComparison.OrdinalIgnoreCase))
                return type;
        }

        throw new ArgumentException($"--type {name}: must be one of {string.Join(", ", Enum.GetValues<WeightType>().Select(known => known.Name()))}");
    }
}
