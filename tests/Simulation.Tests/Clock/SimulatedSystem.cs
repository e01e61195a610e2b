using Akka.Actor;
using Akka.Configuration;
using MoE.Protocol;

namespace MoE.Simulation.Tests;

/// <summary>The product's configuration on virtual time and one thread. One actor system serves many simulations, one after the other.</summary>
internal static class SimulatedSystem
{
    public static ActorSystem Create()
    {
        var system = ActorSystem.Create("simulation", Load());
        AbandonedMessages.DisposeIn(system);
        return system;
    }

    private static Config Load() => ConfigurationFactory.ParseString($$"""
        simulated { type = "{{typeof(SimulatedDispatcherConfigurator).AssemblyQualifiedName}}", throughput = 1 }
        akka {
          loggers = []
          loglevel = INFO
          stdout-loglevel = OFF
          actor {
            provider = local
            serialize-messages = off
            default-dispatcher = ${simulated}
            internal-dispatcher = ${simulated}
          }
          scheduler.implementation = "{{typeof(SimulatedScheduler).AssemblyQualifiedName}}"
        }
        moe.lane.dispatcher = ${simulated}
        moe.weights.dispatcher = ${simulated}
        moe-membership-dispatcher = ${simulated}
        """)
        .WithFallback(Read("akka.conf"))
        .WithFallback(Read("reference.conf"));

    private static Config Read(string name) =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", name)));
}
