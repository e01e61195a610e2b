using System.Security.Cryptography;
using System.Text;
using MoE.Engine;

namespace MoE.Http.Responses;

/// <summary>What all parts of one answer share.</summary>
internal sealed record ResponseHead(string Id, long Created, string Model, string SystemFingerprint)
{
    public static ResponseHead Create(string prefix, IEngine engine, TimeProvider time) =>
        new($"{prefix}-{Guid.NewGuid():N}", time.GetUtcNow().ToUnixTimeSeconds(), engine.ModelId, Fingerprint(engine));

    // Changes when the answers to one seed may: another model, another build.
    private static string Fingerprint(IEngine engine)
    {
        var build = typeof(ResponseHead).Assembly.ManifestModule.ModuleVersionId;
        return "fp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{engine.ModelId}\n{build}")).AsSpan(0, 6));
    }
}
