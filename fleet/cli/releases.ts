/** `release`: what may be installed, from the files that it is made of to the signed repository and the stick. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import { ReleasePath } from '@rockpool/protocol/update/release';
import type { Command } from 'commander';
import { z } from 'zod';
import { exportBundle } from '../releases/bundle.ts';
import { diff } from '../releases/diff.ts';
import { foundForTrial } from '../releases/found.ts';
import { alone } from '../releases/lock.ts';
import { signAgain, withdraw } from '../releases/making.ts';
import { publish, refresh, type Versions } from '../releases/publish.ts';
import { type Documents, demandRepository, loadNext, loadPublished } from '../releases/repository.ts';
import { isReleaseRole, releaseRoles } from '../releases/roles.ts';
import { sbomOf } from '../releases/sbom.ts';
import { listReleases } from '../releases/status.ts';
import { verify } from '../releases/verify.ts';
import { parseTime } from './claims.ts';
import { define, type Kit } from './command.ts';
import { table, time } from './output.ts';
import { findPassphrase } from './passphrase.ts';
import { addCreate } from './release-create.ts';
import {
  openKey,
  openOnlineKeys,
  passphraseOption,
  recordRelease,
  repositoryOf,
  repositoryOption,
} from './release-repository.ts';

const Where = { repository: z.string().optional(), passphraseFile: z.string().optional() };
const Days = z.coerce.number('--days is a number.').int('--days is a number.').min(1).max(3_650);
const Path = (path: string | undefined): ReleasePath => {
  const parsed = ReleasePath.safeParse(path);
  if (parsed.success) return parsed.data;
  throw new Refusal('bad-request', `${path} is no release; one is named ROLE/NAME/VERSION.`);
};
const told = (versions: Versions): string =>
  Object.entries(versions)
    .map(([role, version]) => `${role} ${version}`)
    .join(', ');

export function addReleases(program: Command, kit: Kit): void {
  const release = program.command('release').description('what devices may install, and who signed for it');
  addInit(release, kit);
  addCreate(release, kit);
  addSign(release, kit);
  addPublish(release, kit);
  addWithdraw(release, kit);
  addRefresh(release, kit);
  addVerify(release, kit);
  addDiff(release, kit);
  addList(release, kit);
  addSbom(release, kit);
  addBundle(release.command('bundle').description('releases on a stick, for devices without a network'), kit);
}

const addInit = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'init',
    summary: 'a repository for trials, with every key on this machine; for anything else hold a ceremony',
    options: [
      ['--trial', 'say that it is one'],
      ['--passphrase-file <file>', 'whose first line seals the keys'],
      ['--insecure-keys', 'leave them unsealed'],
      repositoryOption,
    ],
    given: z.object({
      ...Where,
      trial: z.boolean().default(false),
      insecureKeys: z.boolean().default(false),
    }),
    examples: ['rockpool-fleet release init --trial --insecure-keys'],
    async run(doing, _, { trial, passphraseFile, insecureKeys, ...where }) {
      if (!trial)
        throw new Refusal(
          'bad-request',
          'A repository begins with `rockpool-fleet keys ceremony begin root`; for a trial say --trial.',
        );
      const folder = repositoryOf(doing, where);
      const wish = { file: passphraseFile, hasKeys: false, isSealed: false, insecure: insecureKeys };
      const passphrase = await findPassphrase(doing.streams, { ...wish, whose: "the repository's keys" });
      await alone(folder, () => foundForTrial(folder, { now: doing.clock.now(), passphrase }));
      await recordRelease(doing, 'release-init', 'trial');
      doing.out.note(
        `WARNING: every key lies in ${join(folder, 'keys')}; whoever copies them signs for this fleet.`,
      );
      doing.out.result({ repository: folder }, () => [
        `${folder} is a repository for trials.`,
        `Next: rockpool-fleet release create --key ${join(folder, 'keys', 'models.key')} …`,
      ]);
    },
  });

const addSign = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'sign <role>',
    summary: 'sign the list of a role again, for another while; the first time begins it',
    options: [
      ['--key <file>', 'of the role'],
      ['--days <days>', 'how long it is good'],
      passphraseOption,
      repositoryOption,
    ],
    given: z.object({ ...Where, key: z.string('--key names the key file.'), days: Days.optional() }),
    examples: ['rockpool-fleet release sign models --key models.key'],
    async run(doing, [role = ''], { key: path, days, passphraseFile, ...where }) {
      if (!isReleaseRole(role))
        throw new Refusal(
          'bad-request',
          `${role} is none of ${releaseRoles.join(', ')}; others are signed by a ceremony.`,
        );
      const folder = repositoryOf(doing, where);
      const key = await openKey(doing, path, passphraseFile);
      await alone(folder, () => signAgain(folder, role, { key, days, now: doing.clock.now() }));
      const document = loadNext(folder)[role]?.signed;
      doing.out.result({ role, version: document?.version, expires: document?.expires }, () => [
        `${role} ${document?.version} is staged, good until ${document?.expires}. Next: rockpool-fleet release publish`,
      ]);
    },
  });

const addPublish = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'publish',
    summary: 'put what is staged into force, if every signature is there',
    options: [
      ['--force', 'take what is too weak for anything but a trial'],
      passphraseOption,
      repositoryOption,
    ],
    given: z.object({ ...Where, force: z.boolean().default(false) }),
    examples: [
      'rockpool-fleet release publish',
      'rockpool-fleet release diff && rockpool-fleet release publish',
    ],
    async run(doing, _, { passphraseFile, force, ...where }) {
      const folder = repositoryOf(doing, where);
      demandRepository(folder);
      const keys = await openOnlineKeys(doing, folder, passphraseFile);
      const versions = await alone(folder, () => publish(folder, { keys, now: doing.clock.now(), force }));
      await recordRelease(doing, 'release-publish', 'repository', versions);
      doing.out.result({ versions }, () => [`In force: ${told(versions)}`]);
    },
  });

const addWithdraw = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'withdraw <release>',
    summary: 'take a release out of the signed list; devices that have it keep it',
    options: [
      ['--key <file>', 'of its role; left out, sign by a ceremony'],
      passphraseOption,
      repositoryOption,
    ],
    given: z.object({ ...Where, key: z.string().optional() }),
    examples: ['rockpool-fleet release withdraw models/qwen3-8b/2 --key models.key'],
    async run(doing, [given], { key: file, passphraseFile, ...where }) {
      const path = Path(given);
      const folder = repositoryOf(doing, where);
      const key = file === undefined ? undefined : await openKey(doing, file, passphraseFile);
      await alone(folder, () => withdraw(folder, path, { key, now: doing.clock.now() }));
      await recordRelease(doing, 'release-withdraw', path);
      doing.out.result({ withdrawn: path }, () => [
        `${path} is staged to be withdrawn. Next: rockpool-fleet release publish`,
      ]);
    },
  });

const addRefresh = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'refresh',
    summary: 'sign timestamp and snapshot for another while; for cron, where no controller does it',
    options: [
      ['--within <time>', 'only what ends sooner than this: 84h'],
      passphraseOption,
      repositoryOption,
    ],
    given: z.object({ ...Where, within: z.string().optional() }),
    examples: [
      'rockpool-fleet release refresh',
      'rockpool-fleet release refresh --within 84h --passphrase-file passphrase',
    ],
    async run(doing, _, { within, passphraseFile, ...where }) {
      const folder = repositoryOf(doing, where);
      demandRepository(folder);
      const keys = await openOnlineKeys(doing, folder, passphraseFile);
      const withinMs = within === undefined ? undefined : parseTime(within);
      const versions = await alone(folder, () =>
        refresh(folder, { keys, now: doing.clock.now(), ...(withinMs === undefined ? {} : { withinMs }) }),
      );
      doing.out.result({ versions }, () => [
        versions ? `In force: ${told(versions)}` : 'Nothing ends so soon.',
      ]);
    },
  });

const addVerify = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'verify [folder]',
    summary: 'read a repository, a mirror or a bundle as a device would',
    options: [
      ['--root <file>', 'the root that devices trust (default: the first one in the folder)'],
      ['--bytes', 'read every byte of every artifact, too'],
      ['--partial', 'releases may be missing, as in a bundle'],
      repositoryOption,
    ],
    given: z.object({
      ...Where,
      root: z.string().optional(),
      bytes: z.boolean().default(false),
      partial: z.boolean().default(false),
    }),
    examples: [
      'rockpool-fleet release verify --bytes',
      'rockpool-fleet release verify /media/stick/rockpool --partial --root root.json',
    ],
    async run(doing, [given], { root, bytes, partial, ...where }) {
      const folder = given ?? repositoryOf(doing, where);
      if (root !== undefined && !existsSync(root))
        throw new Refusal('not-found', `There is no file ${root}.`);
      const options = { bytes, partial, ...(root === undefined ? {} : { root: readFileSync(root) }) };
      const verified = await verify(folder, options);
      doing.out.result({ folder, ...verified }, () => [
        ...table(verified.releases.map(({ path, bytes: size }) => [path, `${size} bytes`])),
        `A device takes it: ${verified.releases.length} releases${partial ? `, ${verified.absent.length} more are signed and not here` : ''}.`,
      ]);
    },
  });

const addDiff = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'diff [before] [after]',
    summary: 'what changed between two states: the number of a snapshot, a folder, `published` or `staged`',
    options: [repositoryOption],
    given: z.object(Where),
    examples: [
      'rockpool-fleet release diff',
      'rockpool-fleet release diff 4',
      'rockpool-fleet release diff /media/stick/rockpool published',
    ],
    async run(doing, [before = 'published', after = before === 'published' ? 'staged' : 'published'], where) {
      const folder = repositoryOf(doing, where);
      const changes = diff(stateOf(folder, before), stateOf(folder, after));
      doing.out.result({ before, after, changes }, () =>
        changes.length === 0
          ? [`Nothing is different between ${before} and ${after}.`]
          : table(
              changes.map(({ role, what, name, before: was, after: is }) => [
                role,
                what,
                name,
                brief(was),
                '→',
                brief(is),
              ]),
            ),
      );
    },
  });

function stateOf(folder: string, name: string): Documents {
  if (name === 'published' || name === 'staged' || /^\d+$/.test(name)) demandRepository(folder);
  if (name === 'published') return loadPublished(folder);
  if (name === 'staged') return loadNext(folder);
  if (/^\d+$/.test(name)) return loadPublished(folder, Number(name));
  if (!existsSync(join(name, 'metadata')))
    throw new Refusal('not-found', `There is no repository in ${name}.`);
  return loadPublished(name);
}

const brief = (value: string | null): string =>
  value === null ? '-' : /^[0-9a-f]{64}$/.test(value) ? value.slice(0, 12) : value;

const addList = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'list',
    summary: 'the releases that devices may install, and those that were withdrawn',
    options: [repositoryOption],
    given: z.object(Where),
    examples: ['rockpool-fleet release list', 'rockpool-fleet release list --json'],
    async run(doing, _, where) {
      const folder = repositoryOf(doing, where);
      demandRepository(folder);
      const list = listReleases(folder);
      doing.out.result(list, () =>
        list.releases.length === 0
          ? ['There is no release yet.']
          : table(
              list.releases.map(({ path, counter, bytes, madeAt, withdrawn, notes }) => [
                ...[
                  path,
                  `counter ${counter}`,
                  `${bytes} bytes`,
                  time(madeAt),
                  withdrawn ? 'withdrawn' : '',
                  notes,
                ],
              ]),
            ),
      );
    },
  });

const addSbom = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'sbom <folder>',
    summary: 'what a folder with a package-lock.json is made of, as CycloneDX',
    options: [
      ['--name <name>', 'of the release'],
      ['--version <version>', 'of the release'],
      ['--out <file>', 'where it goes (default: sbom.cdx.json)'],
    ],
    given: z.object({
      name: z.string('--name names the release.'),
      version: z.string('--version is the version of the release.'),
      out: z.string().default('sbom.cdx.json'),
    }),
    examples: ['rockpool-fleet release sbom . --name rockpool --version 1.4.0'],
    async run({ clock, out: output }, [folder = '.'], { name, version, out }) {
      const bytes = sbomOf(folder, { name, version, madeAt: clock.now() });
      writeFileSync(out, bytes);
      const { components } = JSON.parse(bytes.toString('utf8')) as { components: unknown[] };
      output.result({ file: out, components: components.length }, () => [
        `${out} names ${components.length} packages.`,
      ]);
    },
  });

const addBundle = (bundle: Command, kit: Kit): void =>
  define(bundle, kit, {
    usage: 'export',
    summary:
      'write releases with signatures of their own validity, to a stick or a mirror; export it just before it travels',
    options: [
      ['--out <folder>', 'an empty folder, on the stick'],
      ['--release <release>...', 'ROLE/NAME/VERSION; may be repeated'],
      ['--days <days>', 'how long devices take it (default: 30)'],
      passphraseOption,
      repositoryOption,
    ],
    given: z.object({
      ...Where,
      out: z.string('--out names the folder of the bundle.'),
      release: z.array(z.string()).default([]),
      days: Days.default(30),
    }),
    examples: [
      'rockpool-fleet release bundle export --out /media/stick/rockpool --release models/qwen3-8b/2 --days 30',
    ],
    async run(doing, _, { out, release: paths, days, passphraseFile, ...where }) {
      const folder = repositoryOf(doing, where);
      demandRepository(folder);
      const keys = await openOnlineKeys(doing, folder, passphraseFile);
      const options = { out, days, keys, releases: paths.map(Path), now: doing.clock.now() };
      const made = await alone(folder, () => exportBundle(folder, options));
      await recordRelease(doing, 'release-bundle', paths.join(' '), { expires: made.expires });
      doing.out.result(made, () => [
        `${out} holds ${made.releases.join(', ')}: ${made.bytes} bytes, good until ${made.expires}.`,
      ]);
    },
  });
