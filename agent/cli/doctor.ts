/** `rockpool doctor`: asks the device what may be wrong with it, and says what to do about each thing. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { ModelAbout } from '@rockpool/protocol/device';
import type { Command } from 'commander';
import { z } from 'zod';
import { verifyAudit } from '../audit/verify.ts';
import {
  bad,
  type Finding,
  newestIn,
  probeAudit,
  probeClock,
  probeDatabases,
  probeDisk,
  probeMemory,
  probeNode,
  probePage,
  probePort,
  probeTls,
} from '../health/probes.ts';
import { systemClock } from '../host/clock.ts';
import { openAside } from '../store/aside.ts';
import { databaseNames } from '../store/rooms.ts';
import { checkDatabase } from '../store/sqlite.ts';
import { type Doing, define, type Kit } from './command.ts';
import { whoHolds } from './device.ts';
import { exitCodes } from './exit-codes.ts';

export function doctorCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'doctor',
    summary: 'look for what is wrong, and say what to do; exit code 1 when something is',
    given: z.object({}),
    examples: ['npx rockpool doctor', 'npx rockpool doctor --json'],
    async run(doing) {
      const findings = await findingsOf(doing);
      const healthy = findings.every(({ state }) => state !== 'bad');
      doing.out.result({ healthy, findings }, () => [
        ...findings.map((finding) => line(finding, doing)),
        healthy ? 'Nothing is wrong.' : 'Something is wrong; see what follows the arrows.',
      ]);
      return healthy ? undefined : exitCodes.failed;
    },
  });
}

async function findingsOf(doing: Doing): Promise<Finding[]> {
  const { settings } = doing;
  const home = probeHome(settings.home);
  const about = [probeNode(process.version), home.finding, probeTls(settings.tls, systemClock.now())];
  if (home.finding.state === 'bad') return about;
  const databases = probeDatabases(settings.home, databaseNames, checkDatabase);
  // What would load the model doesn't start on a damaged database, and says so as if it were the model.
  const isStartable = databases.every(({ state, says }) => state !== 'bad' || says.includes('/memory.db'));
  return [
    ...about,
    probeDisk(settings.home),
    probeClock(systemClock.now(), newestIn(settings.home)),
    probePage(join(import.meta.dirname, '../../web/dist')),
    ...(home.held ? [] : [await probePort(settings.host, settings.port)]),
    ...databases,
    ...probeMemory(openAside(settings.home, 'memory').read()),
    await probeAudit(join(settings.home, 'audit'), (folder) => verifyAudit(folder, { signal: doing.signal })),
    ...(isStartable ? [await probeModel(doing)] : []),
  ];
}

function probeHome(home: string): { finding: Finding; held: boolean } {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    const { held, holder } = whoHolds(home);
    const by = holder?.address ? `the agent on ${holder.address}` : 'another process';
    const says = held ? `${home}, held by ${by}${holder ? ` (process ${holder.pid})` : ''}` : `${home}, free`;
    return { finding: { probe: 'home', state: 'good', says }, held };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return {
      finding: bad(
        'home',
        says,
        "set ROCKPOOL_HOME to a folder of yours, or take over this one with 'chown -R'",
      ),
      held: false,
    };
  }
}

/** Loading it is the only proof that the file is whole, that it fits, and that llama.cpp runs here. */
async function probeModel({ api, out, settings }: Doing): Promise<Finding> {
  out.progress('loading the model …');
  try {
    const { models } = await (await api()).request(
      'GET',
      '/api/models',
      z.object({ models: z.array(ModelAbout) }),
    );
    return {
      probe: 'model',
      state: 'good',
      says: models.map(({ label, file }) => `${label} (${file})`).join(', '),
    };
  } catch (error) {
    const says = error instanceof Error ? error.message : String(error);
    return bad(
      'model',
      says,
      `check ${settings.chatModel}, or leave ROCKPOOL_MODEL unset for the built-in model`,
    );
  } finally {
    out.progress(undefined);
  }
}

const marks = { good: '✓', warning: '!', bad: '✗' } as const;

function line({ probe, state, says, cure }: Finding, { out }: Doing): string {
  const told = `${marks[state]} ${probe.padEnd(9)} ${says}`;
  return cure === undefined ? told : `${out.bold(told)}\n  → ${cure}`;
}
