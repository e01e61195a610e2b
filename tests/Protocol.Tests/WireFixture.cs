using Akka.Actor;
using Akka.Configuration;

namespace MoE.Protocol.Tests;

/// <summary>An actor system with the product's own serialization settings.</summary>
public sealed class WireFixture : IDisposable
{
    public WireFixture()
    {
        var product = ConfigurationFactory.ParseString(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "akka.conf")));
        var local = ConfigurationFactory.ParseString("""
            akka {
              loggers = ["Akka.Event.DefaultLogger"]
              loglevel = OFF
              actor.provider = local
            }
            """);
        System = ActorSystem.Create("wire", local.WithFallback(product));
        Serializer = new MoEMessageSerializer((ExtendedActorSystem)System);
    }

    public ActorSystem System { get; }

    public MoEMessageSerializer Serializer { get; }

    public void Dispose() => System.Dispose();
}
