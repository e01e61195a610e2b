namespace MoE.Tokenization.Added;

/// <summary>A token that is found in the text before the model sees it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">Its text.</param>
/// <param name="SingleWord">Whether it must stand between word boundaries.</param>
/// <param name="LStrip">Whether it takes the white space on its left.</param>
/// <param name="RStrip">Whether it takes the white space on its right.</param>
/// <param name="Normalized">Whether it is looked for in the normalized text rather than in the raw one.</param>
/// <param name="Special">Whether it is a control token, which decoding may skip and user text may not spell.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool LStrip, bool RStrip, bool Normalized, bool Special);
