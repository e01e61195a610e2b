namespace MoE.Model.Chat;

/// <summary>Which texts of a message are the protocol's rather than the client's.</summary>
internal static class MessageTrust
{
    /// <summary>
    /// Templates join roles to control tokens, and some tokenizers have one token for the joined text
    /// (<c>&lt;|user|&gt;</c>). Only the protocol's own role names may take part in one.
    /// </summary>
    public static bool IsKnownRole(string member, string text) =>
        member == "role" && text is "system" or "developer" or "user" or "assistant" or "tool";
}
