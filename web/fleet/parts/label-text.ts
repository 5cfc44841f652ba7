/** A label as a person types it. The controller's own rules count; these say it sooner. */

export function parseLabel(text: string): { key: string; value: string } | null {
  const match = /^\s*([a-z][a-z0-9-]{0,31})\s*=\s*([\p{L}\p{N}][\p{L}\p{N} ._-]{0,62}?)\s*$/u.exec(text);
  return match?.[1] && match[2] ? { key: match[1], value: match[2] } : null;
}
