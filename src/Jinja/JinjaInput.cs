using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoE.Jinja;

/// <summary>A value for a template, with the strings marked that a client wrote.</summary>
public sealed class JinjaInput
{
    private readonly Func<string, string, bool>? _trustsMember;
    private readonly bool _trusted;

    private JinjaInput(JsonNode? node, bool trusted, Func<string, string, bool>? trustsMember)
    {
        Node = node;
        _trusted = trusted;
        _trustsMember = trustsMember;
    }

    private JsonNode? Node { get; }

    /// <summary>Every string is the operator's own.</summary>
    public static JinjaInput Trusted(JsonNode? node) => new(node, true, null);

    /// <summary>Every string, keys included, comes from a client.</summary>
    /// <param name="node">The value; members keep their order.</param>
    /// <param name="trustsMember">Which members (name, text) are trusted all the same, or null for none.</param>
    public static JinjaInput Untrusted(JsonNode? node, Func<string, string, bool>? trustsMember = null) => new(node, false, trustsMember);

    /// <summary>Strings, numbers, booleans, null, JSON nodes (trusted) and <see cref="JinjaInput"/>s.</summary>
    /// <exception cref="ArgumentException">The value is something else.</exception>
    internal static Value Convert(Runtime runtime, string name, object? value) => value switch
    {
        null => NoneValue.Instance,
        JinjaInput input => input.Convert(runtime, input.Node),
        JsonNode node => Trusted(node).Convert(runtime, node),
        string text => new StringValue(text),
        bool flag => BoolValue.Of(flag),
        int number => new IntValue(number),
        long number => new IntValue(number),
        float number => new FloatValue(number),
        double number => new FloatValue(number),
        _ => throw new ArgumentException($"input '{name}' is a {value.GetType().Name}, which no template value can be", nameof(value)),
    };

    private Value Convert(Runtime runtime, JsonNode? node)
    {
        runtime.EnsureStack();
        switch (node)
        {
            case null:
                return NoneValue.Instance;
            case JsonArray array:
                return new ListValue(array.Select(item => Convert(runtime, item)).ToArray());
            case JsonObject members:
                var dict = new DictValue();
                foreach ((string key, JsonNode? member) in members)
                    dict.Put(runtime, Text(key, _trusted), Member(runtime, key, member));
                return dict;
            default:
                return Scalar(runtime, node, _trusted);
        }
    }

    private Value Member(Runtime runtime, string key, JsonNode? member) =>
        _trustsMember is { } trusts && member?.GetValueKind() == JsonValueKind.String && trusts(key, member.GetValue<string>())
            ? Scalar(runtime, member, trusted: true)
            : Convert(runtime, member);

    private static Value Scalar(Runtime runtime, JsonNode node, bool trusted) => node.GetValueKind() switch
    {
        JsonValueKind.String => Text(node.GetValue<string>(), trusted),
        JsonValueKind.True => BoolValue.True,
        JsonValueKind.False => BoolValue.False,
        JsonValueKind.Number => Number(runtime, node.ToJsonString()),
        _ => NoneValue.Instance,
    };

    private static StringValue Text(string text, bool trusted) => trusted ? new StringValue(text) : StringValue.Untrusted(text);

    private static NumberValue Number(Runtime runtime, string json)
    {
        if (json.AsSpan().ContainsAny('.', 'e', 'E'))
            return new FloatValue(double.Parse(json, CultureInfo.InvariantCulture));
        return Numbers.ParseInteger(runtime, json, 10) ?? new IntValue(BigInteger.Zero);
    }
}
