/** How a command ends, as a number for scripts; `--help` lists them. */
import { Refusal, type RefusalCode } from '@rockpool/protocol/refusal';
import { HomeHeld } from '../host/lock.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, notFound: 3, refused: 4, unavailable: 5 } as const;

export const exitCodesHelp = `
Exit codes:
  0  done
  1  failed
  2  the command was not understood, or its input is not valid
  3  there is no such thing
  4  refused: not allowed, or it conflicts with what is there
  5  the agent is busy, starting, or can't be reached`;

const byRefusal: Partial<Record<RefusalCode, number>> = {
  'bad-request': exitCodes.usage,
  'too-large': exitCodes.usage,
  'unsupported-type': exitCodes.usage,
  'not-found': exitCodes.notFound,
  'not-signed-in': exitCodes.refused,
  'wrong-password': exitCodes.refused,
  'wrong-code': exitCodes.refused,
  forbidden: exitCodes.refused,
  'foreign-origin': exitCodes.refused,
  conflict: exitCodes.refused,
  'quota-reached': exitCodes.refused,
  'memory-away': exitCodes.unavailable,
  'not-ready': exitCodes.unavailable,
  'setup-needed': exitCodes.refused,
  'too-many-requests': exitCodes.unavailable,
  busy: exitCodes.unavailable,
  'model-loading': exitCodes.unavailable,
};

export function exitCodeOf(error: unknown): number {
  if (error instanceof HomeHeld) return exitCodes.unavailable;
  return error instanceof Refusal ? (byRefusal[error.code] ?? exitCodes.failed) : exitCodes.failed;
}
