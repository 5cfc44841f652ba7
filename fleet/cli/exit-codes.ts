/** How a command ends, as a number for scripts; `--help` lists them. */
import { Refusal, type RefusalCode } from '@rockpool/protocol/refusal';

export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, refused: 4 } as const;

export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed
  2  the command was not understood, or its input is not valid
  3  there is no such thing
  4  refused: not allowed, or it conflicts with what is there`;

const byRefusal: Partial<Record<RefusalCode, number>> = {
  'bad-request': exitCodes.usage,
  'not-found': exitCodes.notFound,
  'wrong-password': exitCodes.refused,
  conflict: exitCodes.refused,
};

export const exitCodeOf = (error: unknown): number =>
  error instanceof Refusal ? (byRefusal[error.code] ?? exitCodes.failed) : exitCodes.failed;

/** A command that did its work and found that something is not well: its result was told already. */
export class Unwell extends Refusal {
  constructor(says: string) {
    super('failed', says);
  }
}
