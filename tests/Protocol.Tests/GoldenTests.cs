namespace MoE.Protocol.Tests;

/// <summary>The bytes that travel. A difference here breaks running clusters: it needs a new manifest, and a new wire version.</summary>
public sealed class GoldenTests(WireFixture wire) : IClassFixture<WireFixture>
{
    private static readonly Dictionary<string, string> s_golden = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "golden", "messages.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .ToDictionary(line => line.Split(' ')[0], line => line.Split(' ').Skip(1).DefaultIfEmpty("").First());

    [Fact]
    public void ToBinary_EveryMessage_EqualsGolden()
    {
        var lines = Samples.All.Select(sample => $"{wire.Serializer.Manifest(sample)} {Convert.ToHexStringLower(wire.Serializer.ToBinary(sample))}");
        Assert.Equal(s_golden.Select(pair => $"{pair.Key} {pair.Value}"), lines);
    }

    [Fact]
    public void FromBinary_EveryGolden_IsWrittenAgainAlike()
    {
        foreach (var (manifest, hex) in s_golden)
        {
            var message = wire.Serializer.FromBinary(Convert.FromHexString(hex), manifest);
            Assert.Equal(manifest, wire.Serializer.Manifest(message));
            Assert.Equal(hex, Convert.ToHexStringLower(wire.Serializer.ToBinary(message)));
        }
    }

    [Fact]
    public void Samples_EveryWireMessage_IsAmongThem()
    {
        var types = typeof(IWireMessage).Assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(typeof(IWireMessage)));
        Assert.Equal(
            types.Select(type => type.Name).Order(StringComparer.Ordinal),
            Samples.All.Select(sample => sample.GetType().Name).Order(StringComparer.Ordinal));
    }
}
