/** How a command ends, as a number for scripts; `--help` lists them. */
import { Refusal } from '@rockpool/protocol/refusal';
import { PlanRefused } from '../apply.ts';

export const exitCodes = { ok: 0, failed: 1, usage: 2, refused: 4 } as const;

export const exitCodesHelp = `
Exit codes:
  0  done; for verify: nothing is bad
  1  failed; for verify: something is bad
  2  the command or the settings were not understood; nothing was touched
  4  refused: the device or its disk is not as it has to be; nothing was touched`;

export function exitCodeOf(error: unknown): number {
  if (error instanceof PlanRefused) return exitCodes.refused;
  if (!(error instanceof Refusal)) return exitCodes.failed;
  return error.code === 'bad-request'
    ? exitCodes.usage
    : error.status < 500
      ? exitCodes.refused
      : exitCodes.failed;
}
