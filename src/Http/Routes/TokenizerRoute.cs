using System.Text;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using MoE.Engine;
using MoE.Http.Errors;
using MoE.Http.Requests;
using MoE.Http.Responses;

namespace MoE.Http.Routes;

/// <summary>llama-server's <c>POST /tokenize</c> and <c>POST /detokenize</c>, with its defaults.</summary>
internal sealed class TokenizerRoute(IEngine engine, HttpSettings settings, BodyBudget budget)
{
    public async Task TokenizeAsync(HttpContext context)
    {
        int[] ids;
        bool withPieces;
        using (var body = await JsonBody.ReadAsync(context, budget))
        {
            var fields = body.Fields;
            var content = fields.Text("content") ?? throw ApiException.Invalid("content", "'content' is missing.");
            CheckLength(content.Length, "content", "characters");
            withPieces = fields.Bool("with_pieces") ?? false;
            ids = engine.Tokenizer.Encode(content, fields.Bool("add_special") ?? false, fields.Bool("parse_special") ?? true);
        }

        if (withPieces)
            await JsonReply.WriteAsync(context, new TokenizePiecesReply([.. ids.Select(Piece)]), HttpJson.Default.TokenizePiecesReply);
        else
            await JsonReply.WriteAsync(context, new TokenizeReply(ids), HttpJson.Default.TokenizeReply);
    }

    public async Task DetokenizeAsync(HttpContext context)
    {
        int[] ids;
        using (var body = await JsonBody.ReadAsync(context, budget))
        {
            var tokens = body.Fields.Array("tokens") ?? throw ApiException.Invalid("tokens", "'tokens' is missing.");
            CheckLength(tokens.GetArrayLength(), "tokens", "ids");
            ids = TokenIdReader.Read(tokens, "tokens", engine.Tokenizer.VocabSize);
        }

        await JsonReply.WriteAsync(context, new DetokenizeReply(engine.Tokenizer.Decode(ids)), HttpJson.Default.DetokenizeReply);
    }

    private void CheckLength(int length, string field, string unit)
    {
        if (length > settings.MaxTokenizeLength)
            throw ApiException.Invalid(field, $"'{field}' has {length} {unit}; at most {settings.MaxTokenizeLength} are allowed.");
    }

    private TokenPiece Piece(int id)
    {
        var bytes = engine.Tokenizer.TokenBytes(id);
        if (bytes.IsEmpty)
            return new TokenPiece(id, engine.Tokenizer.TokenText(id));
        return Utf8.IsValid(bytes.Span)
            ? new TokenPiece(id, Encoding.UTF8.GetString(bytes.Span))
            : new TokenPiece(id, TokenNames.Bytes(engine.Tokenizer, id));
    }
}
