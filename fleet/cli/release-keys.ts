/** `keys` for releases: making them, the ceremony that hands trust on, and how long what they signed stays good. */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { writeFileAtomically } from '../host/files.ts';
import {
  begin,
  type Change,
  describe,
  finish,
  PartialSignature,
  Payload,
  signPayload,
} from '../releases/ceremony.ts';
import { isMet, type Signatures } from '../releases/judge.ts';
import { createKeyFile, loadShownKey, publicFileOf, type ShownKey } from '../releases/key-files.ts';
import { alone } from '../releases/lock.ts';
import { demandRepository, keysFolder } from '../releases/repository.ts';
import { isRole, onlineRoles, type Role, targetsRoles } from '../releases/roles.ts';
import { endingOf, lineOf, statusOf } from '../releases/status.ts';
import { parseTime } from './claims.ts';
import { type Doing, define, type Kit } from './command.ts';
import { Unwell } from './exit-codes.ts';
import { table } from './output.ts';
import { findPassphrase } from './passphrase.ts';
import {
  openKey,
  passphraseOption,
  recordRelease,
  repositoryOf,
  repositoryOption,
} from './release-repository.ts';

/** What a ceremony is held for. */
const heldFor = ['root', ...targetsRoles] as const;

export function addReleaseKeys(keys: Command, kit: Kit): void {
  const ceremony = keys
    .command('ceremony')
    .description('begin a root or another signed document, sign it where the keys are, and finish it here');
  addBegin(ceremony, kit);
  addSign(ceremony, kit);
  addFinish(ceremony, kit);
  addStatus(keys, kit);
}

export async function createReleaseKey(
  doing: Doing,
  role: Role,
  options: {
    out?: string | undefined;
    repository?: string | undefined;
    passphraseFile?: string | undefined;
    insecureKeys: boolean;
  },
): Promise<void> {
  const path = options.out ?? usualFile(repositoryOf(doing, options), role);
  if (existsSync(path))
    throw new Refusal('conflict', `${path} is there already; a key is never written over another.`);
  const passphrase = await findPassphrase(doing.streams, {
    ...{ file: options.passphraseFile, hasKeys: false, isSealed: false, insecure: options.insecureKeys },
    whose: `the key of ${role}`,
  });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const { keyid } = createKeyFile(path, role, passphrase);
  if (passphrase === null)
    doing.out.note(`WARNING: ${path} lies unsealed; whoever copies it signs for ${role}.`);
  doing.out.result({ role, keyid, file: path, public: publicFileOf(path) }, () => [
    `${path} holds a key of ${role}${passphrase === null ? '' : ', sealed'}.`,
    `${publicFileOf(path)} is what others need of it: ${keyid}`,
  ]);
}

function usualFile(folder: string, role: Role): string {
  if ((onlineRoles as readonly string[]).includes(role)) return join(keysFolder(folder), `${role}.key`);
  throw new Refusal(
    'bad-request',
    `Name the file for it with --out; a key of ${role} does not lie beside a repository.`,
  );
}

const addBegin = (ceremony: Command, kit: Kit): void =>
  define(ceremony, kit, {
    usage: 'begin <role>',
    summary: 'write the next root, targets or list of releases, for people to sign',
    options: [
      ['--add <file>...', 'a public key; its role is the one that it was made for; may be repeated'],
      ['--remove <id>...', 'a key that nobody shall trust any more, by the beginning of its id'],
      ['--threshold <role=n>...', 'how many signatures a role needs; may be repeated'],
      ['--days <days>', 'how long it is good'],
      ['--out <file>', 'the payload to carry (default: ROLE.payload)'],
      ['--force', 'take what is too weak for anything but a trial'],
      repositoryOption,
    ],
    given: z.object({
      add: z.array(z.string()).default([]),
      remove: z.array(z.string()).default([]),
      threshold: z.array(z.string()).default([]),
      days: z.coerce.number('--days is a number.').int().min(1).max(3_650).optional(),
      out: z.string().optional(),
      force: z.boolean().default(false),
      repository: z.string().optional(),
    }),
    examples: [
      'rockpool-fleet keys ceremony begin root --add root-ada.key.pub --add root-ben.key.pub --add root-eve.key.pub --add …',
      'rockpool-fleet keys ceremony begin targets --add models.key.pub --add agent.key.pub --out /media/stick/targets.payload',
      'rockpool-fleet keys ceremony begin root --remove 3f81c2aa --add timestamp-2.key.pub',
    ],
    async run(
      doing,
      [role = ''],
      { add, remove, threshold, days, out = `${role}.payload`, force, ...where },
    ) {
      if (!isHeldFor(role))
        throw new Refusal('bad-request', `A ceremony is for ${heldFor.join(', ')}, not for ${role}.`);
      const folder = repositoryOf(doing, where);
      const change: Change = {
        ...{ add: add.map(loadShownKey), remove, days, force, now: doing.clock.now() },
        thresholds: new Map(threshold.map(parseThreshold)),
      };
      const payload = await alone(folder, () => begin(folder, role, change));
      writeFileAtomically(out, `${JSON.stringify(payload)}\n`);
      await recordRelease(doing, 'release-ceremony-begin', role, { added: change.add.map(idOf).join(' ') });
      doing.out.result({ role, payload: out }, () => [
        ...describe(payload),
        `${out} goes to whoever signs: rockpool-fleet keys ceremony sign --payload ${out} --key FILE`,
      ]);
    },
  });

const idOf = ({ role, keyid }: ShownKey): string => `${role}:${keyid.slice(0, 12)}`;
const isHeldFor = (role: string): role is (typeof heldFor)[number] =>
  (heldFor as readonly string[]).includes(role);

function parseThreshold(text: string): [Role, number] {
  const [, role = '', count] = /^([a-z]+)=(-?\d{1,3})$/.exec(text) ?? [];
  if (count === undefined || !isRole(role))
    throw new Refusal('bad-request', `${text} is not ROLE=NUMBER, such as root=2.`);
  return [role, Number(count)];
}

const addSign = (ceremony: Command, kit: Kit): void =>
  define(ceremony, kit, {
    usage: 'sign',
    summary: 'sign a payload; needs neither a repository nor a network',
    options: [
      ['--payload <file>', 'what `begin` wrote'],
      ['--key <file>', 'the key file'],
      ['--out <file>', 'the signature to carry back (default: PAYLOAD.ID.sig)'],
      passphraseOption,
    ],
    given: z.object({
      payload: z.string('--payload names what is signed.'),
      key: z.string('--key names the key file.'),
      out: z.string().optional(),
      passphraseFile: z.string().optional(),
    }),
    examples: ['rockpool-fleet keys ceremony sign --payload /media/stick/root.payload --key root-ada.key'],
    async run(doing, _, { payload: path, key, out, passphraseFile }) {
      const payload = readJson(path, Payload, 'payload');
      for (const line of describe(payload)) doing.out.note(line);
      const partial = signPayload(payload, await openKey(doing, key, passphraseFile));
      const file = out ?? `${path}.${partial.keyid.slice(0, 12)}.sig`;
      writeFileAtomically(file, `${JSON.stringify(partial)}\n`);
      doing.out.result({ role: partial.role, keyid: partial.keyid, signature: file }, () => [
        `${file} goes back to the repository: rockpool-fleet keys ceremony finish ${file}`,
      ]);
    },
  });

const addFinish = (ceremony: Command, kit: Kit): void =>
  define(ceremony, kit, {
    usage: 'finish <signatures...>',
    summary: 'take in signatures that came back, all of them or one after the other',
    options: [repositoryOption],
    given: z.object({ repository: z.string().optional() }),
    examples: ['rockpool-fleet keys ceremony finish /media/stick/root.payload.*.sig'],
    async run(doing, files, where) {
      const folder = repositoryOf(doing, where);
      demandRepository(folder);
      const partials = files.map((file) => readJson(file, PartialSignature, 'signature'));
      const signatures = await alone(folder, () => finish(folder, partials));
      const isDone = signatures.every(isMet);
      doing.out.result({ done: isDone, signatures: signatures.map(shown) }, () => [
        ...signatures.map(
          ({ role, by, signers, threshold }) =>
            `${role}: ${signers.length} of ${threshold} signatures${by === 'root before' ? ' of the root before' : ''}`,
        ),
        isDone
          ? 'All that it needs: rockpool-fleet release publish'
          : 'More are needed; sign the same payload with another key.',
      ]);
    },
  });

const shown = ({ role, by, signers, threshold }: Signatures) => ({
  ...{ role, by, signatures: signers.length, threshold },
});

function readJson<T>(path: string, form: z.ZodType<T>, what: string): T {
  if (!existsSync(path) || !statSync(path).isFile())
    throw new Refusal('not-found', `There is no file ${path}.`);
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    value = undefined;
  }
  const parsed = form.safeParse(value);
  if (!parsed.success) throw new Refusal('bad-request', `${path} is no ${what} of a ceremony.`);
  return parsed.data;
}

const addStatus = (keys: Command, kit: Kit): void =>
  define(keys, kit, {
    usage: 'status',
    summary: 'who signed what, and how long it is good; ends with 1 when something ends soon',
    options: [['--within <time>', 'what counts as soon: 12h, 14d (default: 2d)'], repositoryOption],
    given: z.object({ within: z.string().default('2d'), repository: z.string().optional() }),
    examples: ['rockpool-fleet keys status', 'rockpool-fleet keys status --within 30d'],
    async run({ clock, out, ...doing }, _, { within, ...where }) {
      const folder = repositoryOf({ ...doing, clock, out }, where);
      demandRepository(folder);
      const status = statusOf(folder);
      const now = clock.now();
      const ending = endingOf(status, now, parseTime(within));
      const [first] = ending;
      out.result({ ...status, ending: ending.map(({ role }) => role) }, () =>
        table(status.roles.map((role) => lineOf(role, now))),
      );
      if (first) {
        const [role, , signatures, ends] = lineOf(first, now);
        throw new Unwell(`${role} needs somebody: ${signatures}, ${ends}.`);
      }
    },
  });
