using MoE.Kernels;

namespace MoE.Model;

/// <summary>A tensor as a GGUF file declares it.</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">A type that kernels exist for.</param>
/// <param name="Shape">Outermost first: the file's dimensions reversed.</param>
/// <param name="Offset">First byte after the start of the data section.</param>
/// <param name="Bytes">Length.</param>
internal sealed record GgufTensorInfo(string Name, WeightType Type, long[] Shape, long Offset, long Bytes)
{
    /// <exception cref="ModelFormatException">The name, type, shape or size cannot be.</exception>
    public static GgufTensorInfo Read(GgufReader reader, long index)
    {
        var name = reader.String($"the name of tensor {index}", GgufLimits.TensorNameBytes);
        if (name.Length == 0)
            throw new ModelFormatException($"{reader.File}: the name of tensor {index} is empty; it needs at least 1 byte");
        var shown = Names.Printable(name);
        var dimensions = reader.UInt32($"the dimensions of tensor '{shown}'");
        if (dimensions is 0 or > GgufLimits.Dimensions)
            throw new ModelFormatException($"{reader.File}: tensor '{shown}' has {dimensions} dimensions; 1 to {GgufLimits.Dimensions} are allowed");

        var shape = new long[dimensions];
        var count = 1L;
        for (var i = 0; i < shape.Length; i++)
        {
            var length = reader.UInt64($"dimension {i} of tensor '{shown}'");
            if (length is 0 or > int.MaxValue)
                throw new ModelFormatException($"{reader.File}: tensor '{shown}' has dimension {i} of {length}; 1 to {int.MaxValue} is allowed");
            shape[^(i + 1)] = (long)length;
            if (count > long.MaxValue / sizeof(double) / (long)length)
                throw new ModelFormatException($"{reader.File}: tensor '{shown}' has more than 2^60 values with dimension {i} of {length}");
            count *= (long)length;
        }

        var type = GgufTensorTypes.Parse(reader.File, shown, reader.UInt32($"the type of tensor '{shown}'"));
        if (shape[^1] % type.BlockSize() != 0)
        {
            throw new ModelFormatException(
                $"{reader.File}: tensor '{shown}' has rows of {shape[^1]} values; {type.Name()} needs a multiple of {type.BlockSize()}");
        }

        var offset = reader.UInt64($"the offset of tensor '{shown}'");
        if (offset > long.MaxValue / 2)
            throw new ModelFormatException($"{reader.File}: tensor '{shown}' has offset {offset}; it lies past the end of any file");
        return new GgufTensorInfo(name, type, shape, (long)offset, count / type.BlockSize() * type.BlockBytes());
    }
}
