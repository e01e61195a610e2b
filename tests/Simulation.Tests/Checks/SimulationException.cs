namespace MoE.Simulation.Tests;

/// <summary>A promise of the system was broken.</summary>
internal sealed class SimulationException(string message) : Exception(message);
