namespace MoE.Jinja;

/// <summary>Rendered text.</summary>
/// <param name="Text">All of it.</param>
/// <param name="Segments">The same text cut where trust changes.</param>
public sealed record JinjaOutput(string Text, IReadOnlyList<JinjaSegment> Segments);

/// <summary>A stretch of rendered text.</summary>
/// <param name="Text">Never empty.</param>
/// <param name="Trusted">Whether it comes from the template and trusted inputs only.</param>
public readonly record struct JinjaSegment(string Text, bool Trusted);
