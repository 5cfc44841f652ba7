/** `rockpool update`: what a device may install, by hand: the same verification as by its fleet, and a stick does for a network. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { ReleaseKind, ReleasePath } from '@rockpool/protocol/update/release';
import type { UpdateStatus } from '@rockpool/protocol/update/status';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../host/clock.ts';
import { writeFileAtomically } from '../host/files.ts';
import { openUpdateFolder, type UpdateFolder } from '../update/ask.ts';
import { createNodeDisk } from '../update/disk/node-disk.ts';
import { runUpdater } from '../update/here.ts';
import { historyFile, readHistory } from '../update/machine/history.ts';
import { answerTo, type Offer } from '../update/offers.ts';
import { isTrusting, NoTrust } from '../update/trusted-root.ts';
import { type Doing, define, type Kit } from './command.ts';
import { day, table } from './output.ts';

const Given = z.object({ bundle: z.string().optional(), again: z.boolean().default(false) });
const bundleOption = [
  '--bundle <folder>',
  'what `rockpool-fleet release bundle export` wrote, on a stick: nobody else is asked',
] as const;

export function updateCommands(program: Command, kit: Kit): void {
  const update = program
    .command('update')
    .description('releases of models, agent and system, verified and installed');

  define(update, kit, {
    usage: 'check',
    summary: 'what the repository holds for this device, and what speaks against it',
    options: [bundleOption],
    given: Given,
    examples: ['npx rockpool update check', 'npx rockpool update check --bundle /media/usb/rockpool --json'],
    async run(doing, _, { bundle }) {
      const offers = await ask(doing, bundle);
      doing.out.result({ offers }, () =>
        offers.length === 0
          ? 'The repository holds nothing.'
          : table([['RELEASE', 'IS', 'TO FETCH', ''], ...offers.map(row)]),
      );
      return undefined;
    },
  });

  define(update, kit, {
    usage: 'plan <release>',
    summary: 'what installing it would do; does none of it',
    options: [bundleOption],
    given: Given,
    examples: ['npx rockpool update plan models/qwen3-8b/2'],
    async run(doing, [release], { bundle }) {
      const path = releaseNamed(release);
      const offer = (await ask(doing, bundle)).find((one) => one.release === path);
      if (!offer)
        throw new Refusal('not-found', `The repository holds no newer ${path}; see 'rockpool update check'.`);
      const steps = offer.is === 'offered' ? stepsOf(offer) : [];
      doing.out.result({ ...offer, steps }, () => [
        offer.says,
        ...steps.map((step, n) => `${n + 1}. ${step}`),
      ]);
      return offer.is === 'refused' ? 1 : undefined;
    },
  });

  define(update, kit, {
    usage: 'apply <release>',
    summary: 'install it now: fetched, verified, tried, and kept only if it does its work',
    options: [bundleOption, ['--again', 'although it was tried here before, and failed']],
    given: Given,
    examples: [
      'npx rockpool update apply models/qwen3-8b/2',
      'npx rockpool update apply agent/rockpool/1.4.0 --bundle /media/usb/rockpool',
    ],
    async run(doing, [release], { bundle, again }) {
      const order = { rollout: null, release: releaseNamed(release), now: true, again, limits: {} };
      return told(doing, await ordered(doing, bundle, (folder, id) => folder.install(id, order)));
    },
  });

  define(update, kit, {
    usage: 'back <kind>',
    summary: 'go back to what was in force before, where that is allowed',
    options: [bundleOption],
    given: Given,
    examples: ['npx rockpool update back model'],
    async run(doing, [kind], { bundle }) {
      const parsed = ReleaseKind.safeParse(kind);
      if (!parsed.success)
        throw new Refusal('bad-request', `A kind is one of ${ReleaseKind.options.join(', ')}.`);
      return told(
        doing,
        await ordered(doing, bundle, (folder, id) => folder.rollBack(id, parsed.data, null)),
      );
    },
  });

  define(update, kit, {
    usage: 'history',
    summary: 'how each update of this device ended',
    given: z.object({}),
    examples: ['npx rockpool update history --json'],
    async run({ out, settings: { updateFolder } }) {
      const { lines, brokenAt } = await readHistory(createNodeDisk(), historyFile(updateFolder));
      const updates = lines.map(({ status }) => status);
      if (brokenAt !== null)
        out.note(`Line ${brokenAt} does not follow from the one before it: somebody changed this history.`);
      out.result({ updates, brokenAt }, () =>
        updates.length === 0
          ? 'Nothing was ever updated here.'
          : table(updates.map((one) => [day(one.at), one.release, one.outcome ?? one.phase, one.says ?? ''])),
      );
      return brokenAt === null ? undefined : 1;
    },
  });

  define(update, kit, {
    usage: 'trust <root>',
    summary: "believe a repository's root from now on; only on a device that believes none yet",
    given: z.object({}),
    examples: ['npx rockpool update trust 1.root.json'],
    async run({ out, settings }, [file = '']) {
      if (!existsSync(file)) throw new Refusal('not-found', `There is no ${file}.`);
      if (isTrusting(settings.device.folder, settings.updateFolder))
        throw new Refusal(
          'conflict',
          'This device believes a root already; another one takes its place only by its own signatures.',
        );
      const bytes = readFileSync(file);
      if (!Root.safeParse(parsed(bytes)).success)
        throw new Refusal('bad-request', `${file} is no root of a TUF repository.`);
      mkdirSync(settings.updateFolder, { recursive: true, mode: 0o750 });
      writeFileAtomically(join(settings.updateFolder, 'root.json'), bytes, 0o640);
      out.result(
        { trusted: resolve(file) },
        () => 'Releases under this root may be installed here from now on.',
      );
      return undefined;
    },
  });
}

const Root = z.object({ signed: z.object({ _type: z.literal('root') }), signatures: z.array(z.unknown()) });

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined; // the schema refuses it
  }
}

function releaseNamed(text = ''): ReleasePath {
  const path = ReleasePath.safeParse(text);
  if (path.success) return path.data;
  throw new Refusal('bad-request', 'A release is named ROLE/NAME/VERSION, such as models/qwen3-8b/2.');
}

const row = ({ release, is, bytes, says }: Offer): string[] => [
  release,
  is === 'in-force' ? 'in force' : is,
  bytes === 0 ? '-' : `${Math.ceil(bytes / 2 ** 20)} MiB`,
  says,
];

function stepsOf({ kind, bytes }: Offer): string[] {
  const trial = {
    model:
      'It is loaded beside the one that answers, or after the answers under way, and asked its golden prompt.',
    adapter: 'The model is loaded with it, and asked its golden prompt.',
    agent: 'The agent starts anew from it, and has to be well for half a minute.',
    patch: 'The device starts anew from a copy of its system with these packages.',
    system: 'The device starts anew from the other slot.',
  }[kind];
  return [
    `${bytes} bytes are fetched, and read once more from the disk.`,
    'It is put beside what is in force, which goes on.',
    trial,
    'If it does its work it stays, and nothing older may be installed from then on; if not, what was before is in force again.',
  ];
}

/** Nothing else of updates may run at the same time; what waits in the folder is done too. */
async function runHere({ settings, signal, out }: Doing, bundle: string | undefined): Promise<void> {
  const { updateFolder: folder, device, updateSocket: socket, appliance } = settings;
  if (!isTrusting(device.folder, folder)) throw new Refusal('conflict', new NoTrust().message);
  if (bundle !== undefined && !existsSync(join(bundle, 'metadata')))
    throw new Refusal('not-found', `${bundle} holds no releases: there is no ${join(bundle, 'metadata')}.`);
  if (appliance && process.getuid?.() !== 0)
    throw new Refusal('forbidden', 'On an appliance this is for root: run it again with sudo.');
  out.progress('The updater is at it…');
  try {
    await runUpdater(
      {
        folder,
        deviceFolder: device.folder,
        socket,
        bundle: bundle && resolve(bundle),
        appliance: appliance !== undefined,
        logLevel: 'error',
      },
      signal,
    );
  } finally {
    out.progress(undefined);
  }
}

const folderOf = ({ updateFolder }: Settings): UpdateFolder => {
  mkdirSync(join(updateFolder, 'orders'), { recursive: true, mode: 0o770 });
  return openUpdateFolder(updateFolder, {
    clock: systemClock,
    report: (error) => {
      throw error;
    },
  });
};

async function ask(doing: Doing, bundle: string | undefined): Promise<Offer[]> {
  const id = randomUUID();
  folderOf(doing.settings).question(id);
  await runHere(doing, bundle);
  const answer = answerTo(doing.settings.updateFolder, id);
  if (!answer) throw new Refusal('busy', 'Another update is under way; ask again when it has ended.');
  if (answer.refused) throw new Refusal('failed', answer.refused.says);
  return answer.offers;
}

/** @returns undefined when it goes on with the device's next start */
async function ordered(
  doing: Doing,
  bundle: string | undefined,
  order: (folder: UpdateFolder, id: string) => void,
): Promise<UpdateStatus | undefined> {
  const id = randomUUID();
  order(folderOf(doing.settings), id);
  await runHere(doing, bundle);
  const { lines } = await readHistory(createNodeDisk(), historyFile(doing.settings.updateFolder));
  return lines.find(({ status }) => status.txn === id)?.status;
}

/** @returns the exit code */
function told({ out }: Doing, status: UpdateStatus | undefined): number | undefined {
  out.result(status ?? { goesOn: true }, () =>
    status === undefined
      ? "It goes on by itself; see 'rockpool update history'."
      : `${status.release}: ${status.outcome}.${status.says === undefined ? '' : ` ${status.says}`}`,
  );
  return status === undefined || status.outcome === 'installed' ? undefined : 1;
}
