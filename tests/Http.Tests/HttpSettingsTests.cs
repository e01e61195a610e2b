using MoE.Http.Tests.Fakes;

namespace MoE.Http.Tests;

public sealed class HttpSettingsTests
{
    public static TheoryData<string, HttpSettings> Wrong => new()
    {
        { "moe.http.url = ", new HttpSettings { Url = "not a url" } },
        { "moe.http.url = ", new HttpSettings { Url = "https://127.0.0.1:1" } },
        { "moe.http.url = ", new HttpSettings { Url = "http://127.0.0.1:1/base" } },
        { "moe.http.api-keys", new HttpSettings { ApiKeys = [""] } },
        { "moe.http.api-keys", new HttpSettings { ApiKeys = [" key"] } },
        { "moe.http.cors-origins", new HttpSettings { CorsOrigins = ["*"] } },
        { "moe.http.cors-origins", new HttpSettings { CorsOrigins = ["https://a.example/"] } },
        { "moe.http.max-request-bytes = 0: ", new HttpSettings { MaxBodyBytes = 0 } },
        { "moe.http.stall-timeout = 0s: ", new HttpSettings { StallTimeout = TimeSpan.Zero } },
        { "moe.http.ping-interval = 4320000s: ", new HttpSettings { PingInterval = TimeSpan.FromDays(50) } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validate_WrongSetting_IsOneLineThatNamesIt(string name, HttpSettings settings)
    {
        var failure = Assert.Throws<ArgumentException>(settings.Validate);
        Assert.StartsWith(name, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public void Default_Url_IsLoopback() => Assert.True(new Uri(new HttpSettings().Url).IsLoopback);

    [Fact]
    public async Task Prompts_AreNeverLogged()
    {
        var engine = new FakeEngine { Before = (_, index, _) => index == 3 ? throw new InvalidOperationException("defect") : Task.CompletedTask };
        await using var server = await TestServer.StartAsync(engine);
        using var response = await server.PostAsync("/v1/chat/completions?trace=1", """{"messages":[{"role":"user","content":"my secret"}]}""");
        await ErrorCheck.IsErrorAsync(response, System.Net.HttpStatusCode.InternalServerError);
        Assert.Contains(server.Log.Lines, line => line.Text.Contains("defect", StringComparison.Ordinal));
        Assert.DoesNotContain(server.Log.Lines, line => line.Text.Contains("my secret", StringComparison.Ordinal));
    }
}
