namespace MoE.Protocol;

/// <summary>
/// What travels between processes over Akka.Remote: small, rare, and encoded by <see cref="MoEMessageSerializer"/>. Every
/// message is immutable. Activations travel on the data lane instead (<see cref="LaneFrame"/>).
/// </summary>
public interface IWireMessage;
