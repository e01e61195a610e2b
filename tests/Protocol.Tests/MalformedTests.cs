using System.Runtime.Serialization;

namespace MoE.Protocol.Tests;

public sealed class MalformedTests(WireFixture wire) : IClassFixture<WireFixture>
{
    [Theory]
    [InlineData("moe.register-node.2")]
    [InlineData("")]
    [InlineData(null)]
    public void FromBinary_UnknownManifest_ThrowsSerializationException(string? manifest) =>
        Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary([], manifest!));

    [Fact]
    public void FromBinary_EveryTruncation_ThrowsSerializationException()
    {
        foreach (var sample in Samples.All)
        {
            var bytes = wire.Serializer.ToBinary(sample);
            var manifest = wire.Serializer.Manifest(sample);
            for (var length = 0; length < bytes.Length; length++)
                Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary(bytes[..length], manifest));
            Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary([.. bytes, 0], manifest));
        }
    }

    [Fact]
    public void FromBinary_Mutations_GiveAMessageOrASerializationException()
    {
        var random = new Random(1701);
        var read = 0;
        for (var round = 0; round < 2_000; round++)
        {
            foreach (var sample in Samples.All)
            {
                var bytes = wire.Serializer.ToBinary(sample);
                for (var flips = random.Next(1, 4); flips > 0 && bytes.Length > 0; flips--)
                    bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                read += ReadsAgain(bytes, wire.Serializer.Manifest(sample)) ? 1 : 0;
            }
        }

        Assert.InRange(read, 1, 2_000 * Samples.All.Count);
    }

    [Fact]
    public void FromBinary_RandomBytes_GiveAMessageOrASerializationException()
    {
        var random = new Random(42);
        var refused = 0;
        for (var round = 0; round < 2_000; round++)
        {
            var bytes = new byte[random.Next(64)];
            random.NextBytes(bytes);
            foreach (var sample in Samples.All)
                refused += ReadsAgain(bytes, wire.Serializer.Manifest(sample)) ? 0 : 1;
        }

        Assert.InRange(refused, 1, 2_000 * Samples.All.Count);
    }

    [Theory]
    [InlineData("0101780100ffff0300")] // a layer index past the bound
    [InlineData("01017801000100ffffffff0f")] // a run past the last expert
    [InlineData("010178018000010000")] // an overlong number
    [InlineData("010178010000")] // a layer without experts
    [InlineData("01017880808080808080808000")] // 63 bits and more
    public void FromBinary_BadExpertSet_ThrowsSerializationException(string hex) =>
        Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary(Convert.FromHexString(hex), "moe.load-experts.1"));

    [Fact]
    public void FromBinary_ManyLongRuns_IsBoundedInExperts()
    {
        // 40 layers of one run of 65,536 experts each: 200 bytes that ask for 2.6 million.
        byte[] layer = [0, 1, 0, 0xFF, 0xFF, 0x03];
        byte[] bytes = [1, 1, (byte)'x', 40, .. Enumerable.Repeat(layer, 40).SelectMany(part => part)];
        var exception = Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary(bytes, "moe.load-experts.1"));
        Assert.Equal("moe.load-experts.1: experts: more than 262144 experts in one message", exception.Message);
    }

    [Theory]
    [InlineData("moe.registration-refused.1", "01780700")] // reason 7
    [InlineData("moe.report-node-load.3", "0178000000000000")] // state 0
    [InlineData("moe.publish-placement.1", "0101017801000100010000" + "00")] // no replicas
    [InlineData("moe.publish-placement.1", "01010178010101010001000000")] // a replica that is no node
    [InlineData("moe.publish-placement.1", "0101017801020000010001000000")] // a node twice
    [InlineData("moe.publish-placement.1", "0101017802010001000100000100010001000000")] // an expert twice
    public void FromBinary_BadField_ThrowsSerializationException(string manifest, string hex) =>
        Assert.Throws<SerializationException>(() => wire.Serializer.FromBinary(Convert.FromHexString(hex), manifest));

    private bool ReadsAgain(byte[] bytes, string manifest)
    {
        object message;
        try
        {
            message = wire.Serializer.FromBinary(bytes, manifest);
        }
        catch (SerializationException)
        {
            return false;
        }

        var again = wire.Serializer.ToBinary(message);
        Assert.Equal(again, wire.Serializer.ToBinary(wire.Serializer.FromBinary(again, manifest)));
        return true;
    }
}
