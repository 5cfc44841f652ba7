/** What a release needs on this device: which files, and how much room. */
import { pieceCount } from '@rockpool/protocol/update/pieces';
import { type Artifact, artifactsOf, pieceBytes, type Release } from '@rockpool/protocol/update/release';
import { type TrustedRelease, UpdateError } from '../parts.ts';

/** What has to lie in the store for it to be staged. */
export const filesOf = (release: Release): readonly Pick<Artifact, 'sha256' | 'bytes'>[] =>
  release.kind === 'agent' ? [release.tar] : artifactsOf(release);

/** All that it may have in the store: kept as long as the release is. */
export function hashesOf(release: Release): readonly string[] {
  const whole = artifactsOf(release).map(({ sha256 }) => sha256);
  return release.kind === 'agent' ? [release.tar.sha256, ...whole] : whole;
}

/** Bytes that it takes besides what is fetched: unpacked, or written to where it runs from. */
export function unpackedBytesOf(release: Release): number {
  switch (release.kind) {
    case 'agent':
      return release.tar.bytes + release.unpackedBytes;
    case 'patch': // dpkg unpacks beside what it replaces; its packages are about a third of what they hold
      return 3 * artifactsOf(release).reduce((sum, { bytes }) => sum + bytes, 0);
    default: // a model is used where it lies; a slot is a partition of its own
      return 0;
  }
}

/** The signed hash of every piece. Of an artifact that is one piece, that is its own. @throws UpdateError `bad-content` */
export function piecesOf(
  { pieces }: Pick<TrustedRelease, 'pieces'>,
  artifact: Pick<Artifact, 'sha256' | 'bytes'>,
): readonly Buffer[] {
  const list = pieces.get(artifact.sha256);
  if (list?.length === pieceCount(artifact.bytes)) return list;
  if (list === undefined && artifact.bytes <= pieceBytes) return [Buffer.from(artifact.sha256, 'hex')];
  throw new UpdateError('bad-content', 'Its list of pieces is for another size, or is not there.');
}
