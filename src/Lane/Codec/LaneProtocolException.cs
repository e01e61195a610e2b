using MoE.Protocol;

namespace MoE.Lane;

/// <summary>The peer sent what no lane peer sends, or a frame was damaged on the way; the connection cannot go on.</summary>
internal class LaneProtocolException(string message) : Exception(message);

/// <summary>The peer speaks another version of the wire format.</summary>
internal sealed class LaneVersionException(int version)
    : LaneProtocolException($"the peer speaks wire version {version}, this process {WireVersion.Current}");
