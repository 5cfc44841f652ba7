/** `rollout`: a release for the fleet, in waves. */
import { Refusal } from '@rockpool/protocol/refusal';
import { ReleasePath } from '@rockpool/protocol/update/release';
import type { Command } from 'commander';
import { z } from 'zod';
import { createRollout, forecastRollout, type RolloutParts } from '../rollout/create.ts';
import {
  approveRollout,
  pauseRollout,
  resumeRollout,
  startRollout,
  stopRollout,
} from '../rollout/operate.ts';
import { openReleases, releasesFolder } from '../rollout/repository.ts';
import { listRollouts, showRollout } from '../rollout/shown.ts';
import type { Database } from '../store/tables.ts';
import { type Doing, define, type Kit } from './command.ts';
import { detailLines, forecastLines, listLines } from './rollout-lines.ts';
import { planGiven, planOf, planOptions } from './rollout-plan.ts';

const folderOption = [
  '--releases <folder>',
  'the repository of releases (default: releases in the home)',
] as const;
const Folder = { releases: z.string().optional() };
const id = '5f0c1f0e';

export function addRollouts(program: Command, kit: Kit): void {
  const rollout = program.command('rollout').description('a release for the fleet, in waves');
  addMaking(rollout, kit);
  addDeeds(rollout, kit);
  addLooking(rollout, kit);
}

function addMaking(rollout: Command, kit: Kit): void {
  define(rollout, kit, {
    usage: 'create <release>',
    summary: 'make a draft, which tells nobody anything until it is started',
    options: [
      ...planOptions,
      ['--dry-run', 'make none; say who would be told, in which wave, and how many bytes that is'],
      ['--start', 'start it at once'],
      folderOption,
    ],
    given: z.object({
      ...{ ...planGiven, ...Folder },
      ...{ dryRun: z.boolean().default(false), start: z.boolean().default(false) },
    }),
    examples: [
      'rockpool-fleet rollout create models/qwen3-8b/2 --wave 5 --wave 10%,approval --wave 100% --dry-run',
      'rockpool-fleet rollout create agent/agent/1.4.0 --label branch=leeds --wave 1 --wave 100%,pause=1h --roll-back --start',
    ],
    async run(doing, [release = ''], { dryRun, start, releases, ...options }) {
      const parts = await partsOf(doing, releases);
      const plan = planOf(release, options);
      if (dryRun) {
        const forecast = await forecastRollout(parts, plan);
        doing.out.result(forecast, () => forecastLines(forecast));
        return;
      }
      const made = await createRollout(parts, { plan, who: doing.who });
      if (start) await startRollout(parts, { id: made, who: doing.who });
      await show(doing, parts.db, made);
    },
  });
}

function addDeeds(rollout: Command, kit: Kit): void {
  const because = ['--because <text>', 'why, for those who look later'] as const;
  define(rollout, kit, {
    usage: 'start <rollout>',
    summary: 'begin a draft: its devices are those that have the labels now',
    options: [folderOption],
    given: z.object(Folder),
    examples: [`rockpool-fleet rollout start ${id}`, 'rockpool-fleet rollout start models/qwen3-8b/2'],
    run: (doing, [text = ''], { releases }) =>
      turn(doing, text, releases, (parts, found) => startRollout(parts, { id: found, who: doing.who })),
  });
  define(rollout, kit, {
    usage: 'pause <rollout>',
    summary: 'tell nobody more; devices that have begun go on',
    options: [because],
    given: z.object({ because: z.string().max(400).default('') }),
    examples: [`rockpool-fleet rollout pause ${id} --because "the branch is closing its books"`],
    run: (doing, [text = ''], options) =>
      turn(doing, text, undefined, (parts, found) =>
        pauseRollout(parts, { id: found, who: doing.who, ...options }),
      ),
  });
  define(rollout, kit, {
    usage: 'resume <rollout>',
    summary: 'go on with one that is paused',
    given: z.object({}),
    examples: [`rockpool-fleet rollout resume ${id}`],
    run: (doing, [text = '']) =>
      turn(doing, text, undefined, (parts, found) => resumeRollout(parts, { id: found, who: doing.who })),
  });
  define(rollout, kit, {
    usage: 'approve <rollout>',
    summary: 'say that the next wave may begin',
    given: z.object({}),
    examples: [`rockpool-fleet rollout approve ${id}`],
    run: (doing, [text = '']) =>
      turn(doing, text, undefined, (parts, found) => approveRollout(parts, { id: found, who: doing.who })),
  });
  define(rollout, kit, {
    usage: 'halt <rollout>',
    summary: 'end it for good, and call back devices that have begun',
    options: [because, ['--roll-back', 'and take back what was installed']],
    given: z.object({
      ...{ because: z.string().max(400).default(''), rollBack: z.boolean().default(false) },
    }),
    examples: [`rockpool-fleet rollout halt ${id} --roll-back --because "answers are worse"`],
    run: (doing, [text = ''], options) =>
      turn(doing, text, undefined, (parts, found) =>
        stopRollout(parts, { id: found, who: doing.who, ...options }),
      ),
  });
}

function addLooking(rollout: Command, kit: Kit): void {
  define(rollout, kit, {
    usage: 'status <rollout>',
    summary: 'how far one is, wave by wave, and what failed',
    given: z.object({}),
    examples: [`rockpool-fleet rollout status ${id}`, `rockpool-fleet rollout status ${id} --json`],
    async run(doing, [text = '']) {
      const db = await doing.db();
      await show(doing, db, await demandRollout(db, text));
    },
  });
  define(rollout, kit, {
    usage: 'list',
    summary: 'rollouts: those that run first, then the newest',
    options: [['--limit <count>', 'how many (default: 50)']],
    given: z.object({ limit: z.coerce.number().int().min(1).max(1_000).default(50) }),
    examples: ['rockpool-fleet rollout list', 'rockpool-fleet rollout list --json'],
    async run({ db, out }, _, { limit }) {
      const list = await listRollouts(await db(), { limit });
      out.result(list, () => listLines(list.rollouts));
    },
  });
}

async function partsOf(
  { db, home, clock }: Doing,
  folder: string | undefined,
): Promise<RolloutParts & { db: Database }> {
  return { db: await db(), clock, releases: openReleases(folder ?? releasesFolder(home)) };
}

async function turn(
  doing: Doing,
  text: string,
  folder: string | undefined,
  deed: (parts: RolloutParts, id: string) => Promise<void>,
): Promise<void> {
  const parts = await partsOf(doing, folder);
  const found = await demandRollout(parts.db, text);
  await deed(parts, found);
  await show(doing, parts.db, found);
}

/** By its id, or enough of it that no other is meant; or by its release, of which the newest rollout is meant. */
async function demandRollout(db: Database, text: string): Promise<string> {
  if (ReleasePath.safeParse(text).success) return newestOf(db, text);
  if (!/^[0-9a-f-]{4,36}$/.test(text))
    throw new Refusal(
      'bad-request',
      'A rollout is named by its id, by the beginning of it, or by its release; see `rollout list`.',
    );
  const found = await db
    .selectFrom('rollouts')
    .select('id')
    .where('id', 'like', `${text}%`)
    .limit(2)
    .execute();
  const [only, another] = found;
  if (!only) throw new Refusal('not-found', `There is no rollout ${text}; see \`rollout list\`.`);
  if (another)
    throw new Refusal('bad-request', `More than one rollout begins with ${text}; give more of it.`);
  return only.id;
}

async function newestOf(db: Database, release: string): Promise<string> {
  const found = await db
    .selectFrom('rollouts')
    .select('id')
    .where('release', '=', release)
    .orderBy('created_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!found) throw new Refusal('not-found', `There is no rollout of ${release}; see \`rollout list\`.`);
  return found.id;
}

async function show({ out }: Doing, db: Database, found: string): Promise<void> {
  const detail = await showRollout(db, found);
  out.result(detail, () => detailLines(detail));
}
