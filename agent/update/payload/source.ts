/** Where bytes come from: what a mirror is to the fetching, and the ways in which one fails. */
import type { PieceRange } from '@rockpool/protocol/update/pieces';
import type { Artifact } from '@rockpool/protocol/update/release';

export interface Mirror {
  /** The folder in which `artifacts/` lies: `https://…`, or `file:///…` for a stick. */
  url: string;
  /** In the same building: asked first, and no rate holds for it. */
  near: boolean;
}

export type Wanted = Pick<Artifact, 'sha256' | 'bytes'>;

/** The bytes of a range, in order; no more, no fewer. @throws SourceError */
export type ReadRange = (
  url: string,
  wanted: Wanted,
  range: PieceRange,
  signal: AbortSignal,
) => AsyncIterable<Uint8Array>;

/**
 * `lies`: it answered what no honest mirror answers. `lacks`: it doesn't have it, or can't give parts of it.
 * `gone`: it isn't there, or too slow; it may be well in a minute.
 */
export type SourceFault = 'lies' | 'lacks' | 'gone';

export class SourceError extends Error {
  override readonly name = 'SourceError';
  readonly fault: SourceFault;

  constructor(fault: SourceFault, says: string, options?: ErrorOptions) {
    super(says, options);
    this.fault = fault;
  }
}

/** By the protocol of a mirror's address: `https:`, `file:`. */
export function readByProtocol(ways: Readonly<Record<string, ReadRange>>): ReadRange {
  return (url, wanted, range, signal) => {
    const read = ways[new URL(url).protocol];
    if (read === undefined) throw new SourceError('lacks', `nothing here reads ${url}`);
    return read(url, wanted, range, signal);
  };
}

/** A file below a mirror's folder, whether or not its address ends in a slash. */
export const urlBelow = (base: string, path: string): URL =>
  new URL(path, base.endsWith('/') ? base : `${base}/`);
