/** What a mirror's answer to a Range request has to be before one byte of it is taken. Pure. */
import type { PieceRange } from '@rockpool/protocol/update/pieces';
import { SourceError } from './source.ts';

export interface AnswerHead {
  status: number;
  headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** A server that knows no ranges sends everything. Of an artifact up to this size, what comes before is read and dropped. */
export const discardLimitBytes = 64 * 1024 * 1024;

/**
 * @param total what the artifact has by its manifest
 * @returns how many bytes of the body come before the range
 * @throws SourceError
 */
export function bytesBefore(
  { status, headers }: AnswerHead,
  { from, to }: PieceRange,
  total: number,
): number {
  if (status === 200 || status === 206) verifyPlain(headers);
  if (status === 206) {
    verifyRange(headers, { from, to }, total);
    return 0;
  }
  if (status === 200) {
    verifyLength(headers, total);
    if (total > discardLimitBytes) throw new SourceError('lacks', 'it sends whole artifacts only');
    return from;
  }
  if (status >= 300 && status < 400) throw new SourceError('lies', `it sends us elsewhere (${status})`);
  if (status === 416) throw new SourceError('lies', 'it says that the artifact is shorter than it is');
  if (status === 404 || status === 410) throw new SourceError('lacks', `it doesn't have it (${status})`);
  throw new SourceError('gone', `it answers ${status}`);
}

/** Bytes as they are: no encoding that we would have to undo, and no envelope. */
function verifyPlain(headers: AnswerHead['headers']): void {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw new SourceError('lies', `it encodes what it sends (${String(encoding)})`);
  if (String(headers['content-type'] ?? '').startsWith('multipart/'))
    throw new SourceError('lies', 'it sends several ranges, and was asked for one');
}

function verifyRange(headers: AnswerHead['headers'], { from, to }: PieceRange, total: number): void {
  const expected = `bytes ${from}-${to - 1}/${total}`;
  const said = headers['content-range'];
  if (said !== expected)
    throw new SourceError('lies', `it sends '${String(said)}', and was asked for '${expected}'`);
  verifyLength(headers, to - from);
}

function verifyLength(headers: AnswerHead['headers'], bytes: number): void {
  const said = headers['content-length'];
  if (said !== undefined && said !== String(bytes))
    throw new SourceError('lies', `it sends ${String(said)} bytes where there are ${bytes}`);
}
