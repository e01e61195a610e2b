using System.Net.Sockets;
using System.Text;

namespace MoE.Http.Tests.Fakes;

/// <summary>Sends bytes as they are: what HttpClient would tidy up reaches the server.</summary>
internal sealed class RawClient : IDisposable
{
    private readonly TcpClient _client = new();

    public static async Task<RawClient> ConnectAsync(Uri address)
    {
        var raw = new RawClient();
        await raw._client.ConnectAsync(address.Host, address.Port);
        return raw;
    }

    /// <summary>Sends one request line and headers, and reads the answer to the connection's end.</summary>
    public static async Task<(int Status, string Text)> AskAsync(Uri address, string requestLine, params string[] headers)
    {
        using var raw = await ConnectAsync(address);
        await raw.SendAsync(string.Join("\r\n", [requestLine, $"Host: {address.Authority}", "Connection: close", .. headers, "", ""]));
        using var reader = new StreamReader(raw._client.GetStream(), Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        return (int.Parse(text.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture), text);
    }

    public async Task SendAsync(string text) => await _client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Reads until the text holds <paramref name="mark"/>.</summary>
    public async Task<string> ReadUntilAsync(string mark)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        while (!text.ToString().Contains(mark, StringComparison.Ordinal))
        {
            var read = await _client.GetStream().ReadAsync(buffer);
            if (read == 0)
                throw new EndOfStreamException(text.ToString());
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }

        return text.ToString();
    }

    public void Dispose() => _client.Dispose();
}
