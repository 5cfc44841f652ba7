/** `rockpool models`, `status` and `audit`: what the device is, whether it runs, whether its log is whole. */
import { join } from 'node:path';
import { DeviceStatus, ModelAbout } from '@rockpool/protocol/device';
import type { Command } from 'commander';
import { z } from 'zod';
import { verifyAudit } from '../audit/verify.ts';
import { systemClock } from '../host/clock.ts';
import { type Holder, HomeHeld, holdHome } from '../host/lock.ts';
import { define, type Kit } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { size, table } from './output.ts';

export function deviceCommands(program: Command, kit: Kit): void {
  const models = program.command('models').description('the models that answer');
  define(models, kit, {
    usage: 'list',
    summary: 'which models there are',
    given: z.object({}),
    examples: ['npx rockpool models list', 'npx rockpool models list --json'],
    async run({ api, out }) {
      const answer = await (await api()).request(
        'GET',
        '/api/models',
        z.object({ models: z.array(ModelAbout) }),
      );
      out.result(answer, () =>
        table(
          answer.models.map((one) => [
            one.id,
            one.label,
            size(one.bytes),
            `${one.contextTokens} tokens`,
            one.file,
          ]),
        ),
      );
      return undefined;
    },
  });

  define(program, kit, {
    usage: 'status',
    summary: 'whether the agent runs, where, and whether it is ready; exit code 5 when it does not run',
    given: z.object({}),
    examples: ['npx rockpool status', 'npx rockpool status --json && echo running'],
    async run({ api, out, settings }) {
      const { held, holder } = whoHolds(settings.home);
      if (!holder?.address) {
        const document = { running: false, home: settings.home, pid: holder?.pid ?? null };
        out.result(document, () =>
          held ? `The agent is starting on ${settings.home}.` : `No agent runs on ${settings.home}.`,
        );
        return exitCodes.unavailable;
      }
      const status = await (await api()).request('GET', '/api/status', DeviceStatus);
      const { pid, address, startedAt } = holder;
      out.result({ running: true, home: settings.home, pid, address, startedAt, ...status }, () => [
        `Running on ${address} since ${new Date(startedAt).toISOString()} (process ${pid})`,
        `${status.ready ? 'Ready' : 'Loading the model'}${status.needsSetup ? ', waiting for its first account' : ''}`,
        `Home: ${settings.home}`,
      ]);
      return undefined;
    },
  });

  const audit = program.command('audit').description('the log of who did what');
  define(audit, kit, {
    usage: 'verify',
    summary: 'check that no line was changed, removed or moved; exit code 1 when one was',
    given: z.object({}),
    examples: ['npx rockpool audit verify', 'npx rockpool audit verify --json'],
    async run({ out, settings, signal }) {
      const verdict = await verifyAudit(join(settings.home, 'audit'), { signal }).catch(whenAbsent);
      out.result(verdict, () =>
        verdict.ok
          ? `The audit log is whole: ${verdict.lines} lines, ending with ${verdict.head.hash}.`
          : `The audit log is broken at line ${verdict.line} of ${verdict.file}: ${verdict.why}.`,
      );
      return verdict.ok ? undefined : exitCodes.failed;
    },
  });
}

/** Nothing was ever done here. */
function whenAbsent(error: unknown) {
  if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  return { ok: true as const, lines: 0, head: { seq: 0, hash: '0'.repeat(64) }, notes: [] };
}

/** The lock tells whether anybody runs; the file tells who. */
export function whoHolds(home: string): { held: boolean; holder: Holder | undefined } {
  try {
    holdHome(home, systemClock, 'command').release();
    return { held: false, holder: undefined };
  } catch (error) {
    if (error instanceof HomeHeld) return { held: true, holder: error.holder };
    throw error;
  }
}
