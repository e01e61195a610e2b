using System.Text.Json;

namespace MoE.Model;

/// <summary>Which layers see only a sliding window of positions.</summary>
internal static class HuggingFaceWindows
{
    /// <returns>Per layer the window, or null.</returns>
    /// <exception cref="ModelFormatException">layer_types does not fit.</exception>
    public static int?[] Read(JsonFields fields, HuggingFaceFamily family, int layers)
    {
        var windows = new int?[layers];
        var window = Window(fields, family);
        if (fields.Find("layer_types") is { } types)
        {
            FromTypes(fields, types, windows, window);
            return windows;
        }

        // Releases of transformers make max_window_layers the first layers, the last ones, or every other of the first.
        if (window is not null && family.Family == ModelFamily.Qwen2Moe)
            throw new ModelFormatException($"{fields.File}: use_sliding_window is true; {family.ModelType} is supported with it where layer_types says which layers it is for");
        Array.Fill(windows, window);
        return windows;
    }

    private static int? Window(JsonFields fields, HuggingFaceFamily family)
    {
        if (family.Family == ModelFamily.Olmoe)
            return null;
        if (family.HasDenseLayers && !(fields.Bool("use_sliding_window") ?? false))
            return null;
        return fields.Int("sliding_window", 0, int.MaxValue) is { } window and > 0 ? window : null;
    }

    private static void FromTypes(JsonFields fields, JsonElement types, int?[] windows, int? window)
    {
        if (types.ValueKind != JsonValueKind.Array || types.GetArrayLength() != windows.Length)
            throw fields.Wrong("layer_types", types, $"a list of {windows.Length} names");
        for (var layer = 0; layer < windows.Length; layer++)
        {
            windows[layer] = types[layer].ToString() switch
            {
                "full_attention" => null,
                "sliding_attention" => window ?? throw new ModelFormatException(
                    $"{fields.File}: layer_types[{layer}] is 'sliding_attention', but sliding_window is off"),
                var other => throw new ModelFormatException(
                    $"{fields.File}: layer_types[{layer}] is '{Names.Printable(other)}'; full_attention and sliding_attention are supported"),
            };
        }
    }
}
