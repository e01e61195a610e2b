using Akka.Configuration;

namespace MoE.ExpertActors.Tests;

/// <summary>The product's configuration as the specs run with it: no network, virtual time, every message through its serializer.</summary>
internal static class SpecConfig
{
    public static Config Load() => ConfigurationFactory.ParseString("""
        akka {
          actor.provider = local
          loggers = ["Akka.Event.StandardOutLogger, Akka"]
          loglevel = DEBUG
          scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit"
        }
        """)
        .WithFallback(Read("test.conf"))
        .WithFallback(Read("akka.conf"))
        .WithFallback(Read("reference.conf"));

    private static Config Read(string name) =>
        ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "hocon", name)));
}
