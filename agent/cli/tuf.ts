/** `rockpool tuf`: the device's own verification of a TUF repository, with the arguments of TUF's public conformance suite. */
import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { writeDurably } from '../update/disk/durable.ts';
import { createNodeDisk } from '../update/disk/node-disk.ts';
import { createHttpGet } from '../update/metadata/http.ts';
import { openSource } from '../update/metadata/source.ts';
import { deviceCaps, type Files, type Found } from '../update/metadata/task.ts';
import { type Fetching, metadataPatience, monotonic } from '../update/metadata/transport.ts';
import { killMs, type Verified, verifyInWorker } from '../update/metadata/verifier.ts';
import { UpdateError } from '../update/parts.ts';
import { type Doing, define, type Kit } from './command.ts';

const Given = z.object({
  metadataDir: z.string(),
  metadataUrl: z.string().optional(),
  targetName: z.array(z.string()).default([]),
  targetBaseUrl: z.string().optional(),
  targetDir: z.string().optional(),
  targetsKib: z.coerce
    .number()
    .int()
    .positive()
    .default(deviceCaps.targets / 1_024),
});
type Given = z.infer<typeof Given>;

const disk = createNodeDisk();
/** Of one downloaded target: it is held in memory. */
const targetLimitBytes = 64 * 1_024 * 1_024;

export function tufCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'tuf <deed> [root]',
    summary: 'verify a TUF repository as updates do: init, refresh or download; for conformance tests',
    options: [
      ['--metadata-dir <folder>', 'where trusted metadata lies'],
      ['--metadata-url <url>', 'where the repository serves its metadata; a folder works too'],
      ['--target-name <name...>', 'what to download; may be given several times'],
      ['--target-base-url <url>', 'where the repository serves its targets'],
      ['--target-dir <folder>', 'where to put them'],
      ['--targets-kib <number>', `how large the metadata of one role may be (${deviceCaps.targets / 1_024})`],
    ],
    given: Given,
    examples: [
      'npx rockpool tuf --metadata-dir trusted init root.json',
      'npx rockpool tuf --metadata-dir trusted --metadata-url https://controller:8443/releases/metadata refresh',
    ],
    withoutHome: true,
    async run(doing, [deed, root], given) {
      if (deed === 'init') return init(given, root, doing);
      if (deed === 'refresh') return refresh(given, doing);
      if (deed === 'download') return download(given, doing);
      throw new Refusal('bad-request', `There is init, refresh and download, and no ${deed}.`);
    },
  });
}

async function init({ metadataDir }: Given, root: string | undefined, { out }: Doing): Promise<undefined> {
  const bytes = await disk.read(posix.resolve(needed(root, 'the file with the trusted root')));
  if (!bytes) throw new Refusal('not-found', `There is no ${root}.`);
  await disk.makeFolder(posix.resolve(metadataDir));
  await writeDurably(disk, posix.resolve(metadataDir, 'root.json'), bytes);
  out.result({ initialised: true }, () => [`${metadataDir} trusts ${root}.`]);
}

async function refresh(given: Given, { out, signal }: Doing): Promise<undefined> {
  const { loaded } = await verified(given, [], signal);
  out.result({ roles: loaded }, () => [`Trusted: ${loaded.join(', ')}.`]);
}

async function download(given: Given, { out, signal }: Doing): Promise<undefined> {
  const names = given.targetName;
  if (names.length === 0) throw new Refusal('bad-request', 'Say --target-name.');
  const { found } = await verified(given, names, signal);
  for (const [at, name] of names.entries()) {
    const target = found[at];
    if (!target) throw new UpdateError('not-found', `The repository has no ${name}.`);
    if ('problem' in target) throw new UpdateError('metadata', target.problem);
    await put(given, name, target, signal);
    out.note(`${name} is there.`);
  }
  out.result({ downloaded: names }, () => []);
}

/** What was trusted on the way stays trusted, as TUF's client workflow has it, also when it ends badly. */
async function verified(given: Given, names: readonly string[], signal: AbortSignal): Promise<Verified> {
  const folder = posix.resolve(given.metadataDir);
  const files = await filesIn(folder);
  const base = needed(given.metadataUrl, '--metadata-url');
  return fetching(async (over) => {
    const source = openSource(base, { disk, fetching: over });
    const caps = { ...deviceCaps, targets: given.targetsKib * 1_024 };
    const result = await verifyInWorker(
      { files, now: Date.now(), caps, names, stopsAtFirst: true },
      { fetch: (name, limitBytes) => source.read(name, limitBytes, signal), watch: monotonic, killMs },
      signal,
    );
    for (const [name, text] of Object.entries(result.files)) {
      if (files[name] !== text) await writeDurably(disk, posix.join(folder, name), Buffer.from(text));
    }
    if (result.problem) throw new UpdateError('metadata', result.problem.says);
    return result;
  });
}

async function filesIn(folder: string): Promise<Files> {
  const names = (await disk.list(folder)).filter((name) => name.endsWith('.json'));
  const read = names.map(async (name) => [name, String(await disk.read(posix.join(folder, name)))] as const);
  return Object.fromEntries(await Promise.all(read));
}

async function put(given: Given, name: string, target: Found, signal: AbortSignal): Promise<void> {
  const folder = posix.resolve(needed(given.targetDir, '--target-dir'));
  const place = posix.join(folder, encodeURIComponent(name));
  const here = await disk.read(place);
  if (here && isThat(here, target)) return;
  const base = needed(given.targetBaseUrl, '--target-base-url');
  const { dir, base: file } = posix.parse(name);
  const [hash] = Object.values(target.hashes);
  const prefixed = hash === undefined || (await isPlain(given)) ? file : `${hash}.${file}`;
  const bytes = await fetching((over) =>
    openSource(base, { disk, fetching: over }).read(
      dir === '' ? prefixed : `${dir}/${prefixed}`,
      Math.min(target.length, targetLimitBytes),
      signal,
    ),
  );
  if (!bytes || !isThat(bytes, target)) throw new UpdateError('mirrors', `${name} is not what was signed.`);
  await disk.makeFolder(folder);
  await writeDurably(disk, place, bytes);
}

/** Repositories without consistent snapshots serve their targets under their own names. */
async function isPlain({ metadataDir }: Given): Promise<boolean> {
  const { 'root.json': root = '{}' } = await filesIn(posix.resolve(metadataDir));
  return JSON.parse(root)?.signed?.consistent_snapshot === false;
}

function isThat(bytes: Buffer, { length, hashes }: Found): boolean {
  const names = Object.entries(hashes);
  return (
    bytes.byteLength === length &&
    names.length > 0 &&
    names.every(([name, hash]) => createHash(name).update(bytes).digest('hex') === hash)
  );
}

async function fetching<T>(deed: (over: Fetching) => Promise<T>): Promise<T> {
  // A conformance suite serves on this machine; whatever is fetched is signed.
  const get = createHttpGet({ plain: true });
  try {
    return await deed({ get, watch: monotonic, patience: metadataPatience });
  } finally {
    get.close();
  }
}

function needed(value: string | undefined, what: string): string {
  if (value === undefined || value === '') throw new Refusal('bad-request', `Say ${what}.`);
  return value;
}
