/** `release create`: from files to a signed release that waits to be published. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  type Compat,
  type GoldenPrompt,
  ReleaseKind,
  ReleaseVersion,
  releaseKinds,
  Sha256,
} from '@rockpool/protocol/update/release';
import type { Command } from 'commander';
import { z } from 'zod';
import { make, type Wish } from '../releases/inputs.ts';
import { alone } from '../releases/lock.ts';
import { addRelease, fetchable, type Made } from '../releases/making.ts';
import { provenanceOf } from '../releases/provenance.ts';
import { demandRepository } from '../releases/repository.ts';
import { sbomOf } from '../releases/sbom.ts';
import { define, type Kit } from './command.ts';
import {
  openKey,
  passphraseOption,
  recordRelease,
  repositoryOf,
  repositoryOption,
} from './release-repository.ts';

const whole = (option: string) =>
  z.coerce.number(`${option} is a number.`).int(`${option} is a whole number.`);

const Given = z.object({
  kind: z.enum(releaseKinds, `--kind is one of ${releaseKinds.join(', ')}.`),
  name: z.string('--name names the release, such as qwen3-8b.'),
  version: ReleaseVersion,
  counter: whole('--counter').min(0),
  dataForm: whole('--data-form').min(0).default(0),
  file: z.array(z.string(), '--file names what it is made of.').min(1, '--file names what it is made of.'),
  boot: z.string().optional(),
  base: Sha256.optional(),
  goldenPrompt: z.string().optional(),
  goldenHolds: z.array(z.string()).default([]),
  goldenWithinS: whole('--golden-within-s').min(1).max(600).default(60),
  arch: z.array(z.enum(['x64', 'arm64'])).optional(),
  board: z.array(z.string()).optional(),
  l4t: z.array(z.string()).optional(),
  memoryMib: whole('--memory-mib').positive().optional(),
  needs: z.array(z.string()).default([]),
  notes: z.string().default(''),
  sbom: z.string().optional(),
  provenance: z.string().optional(),
  source: z.string().optional(),
  deltas: whole('--deltas').min(0).max(8).default(3),
  level: whole('--level').min(1).max(22).default(19),
  link: z.boolean().default(false),
  key: z.string().optional(),
  days: whole('--days').min(1).max(3_650).optional(),
  passphraseFile: z.string().optional(),
  repository: z.string().optional(),
});
type Given = z.infer<typeof Given>;

export const addCreate = (release: Command, kit: Kit): void =>
  define(release, kit, {
    usage: 'create',
    summary: 'make a release out of files, and sign for it',
    options: [
      ['--kind <kind>', `${releaseKinds.join(', ')}`],
      ['--name <name>', 'such as qwen3-8b'],
      ['--version <version>', 'such as 2 or 1.4.0; people read it'],
      [
        '--counter <number>',
        'devices never go below the highest that they committed; raise it to forbid what was before',
      ],
      [
        '--file <file>...',
        'a model, an adapter, a root file system, packages (several), or for an agent a folder or a tar',
      ],
      ['--boot <file>', 'of a system: what the firmware starts'],
      ['--base <sha256>', 'of an adapter: the model that it was trained on'],
      ['--golden-prompt <text>', 'what a new model must answer before it stays'],
      ['--golden-holds <word>...', 'one of these is in its answer; may be repeated'],
      ['--golden-within-s <seconds>', 'how long it may take (default: 60)'],
      ['--arch <arch>...', 'x64 or arm64; may be repeated'],
      ['--board <text>...', "the board's name begins with it; may be repeated"],
      ['--l4t <text>...', 'the release of Jetson Linux begins with it, such as 36.; may be repeated'],
      ['--memory-mib <number>', 'of a device that it fits'],
      ['--needs <kind=counter>...', 'what must be installed already; may be repeated'],
      ['--data-form <number>', 'form of the data that it leaves behind (default: 0)'],
      ['--notes <text>', 'for people, in one or two sentences'],
      ['--sbom <path>', 'a CycloneDX file, or a folder with a package-lock.json to make one of'],
      ['--provenance <file>', 'an in-toto statement; or let one be made by --source'],
      ['--source <commit>', 'what it was built from: the commit, or git+https://…@COMMIT'],
      ['--deltas <number>', 'of an agent: short ways from so many earlier releases (default: 3)'],
      ['--level <number>', 'of an agent: how hard zstd tries (default: 19)'],
      ['--link', 'share the bytes of --file instead of copying them; nobody may write to it from then on'],
      ['--key <file>', 'of its role; left out, sign by a ceremony'],
      ['--days <days>', 'how long the signed list is good (default: 90)'],
      passphraseOption,
      repositoryOption,
    ],
    given: Given,
    examples: [
      'rockpool-fleet release create --kind model --name qwen3-8b --version 2 --counter 1 --file qwen3-8b-q4.gguf --golden-prompt "What is the capital of France?" --golden-holds Paris --key models.key',
      'rockpool-fleet release create --kind agent --name rockpool --version 1.4.0 --counter 3 --file release-arm64.tar --arch arm64 --sbom . --source COMMIT --key agent.key',
      'rockpool-fleet release create --kind patch --name openssl --version 2026-11 --counter 1 --file openssl_3.0.17-1_arm64.deb --file libssl3_3.0.17-1_arm64.deb --key patches.key',
    ],
    async run(doing, _, given) {
      const folder = repositoryOf(doing, given);
      demandRepository(folder);
      const now = doing.clock.now();
      const key = given.key === undefined ? undefined : await openKey(doing, given.key, given.passphraseFile);
      const path = await alone(folder, async () => {
        const made = withProvenance(await make(folder, wishOf(given, now)), given, now);
        return addRelease(folder, made, { key, now, days: given.days });
      });
      await recordRelease(doing, 'release-create', path, { counter: given.counter });
      doing.out.result({ release: path, signed: key !== undefined }, () => [
        key
          ? `${path} is staged and signed. Next: rockpool-fleet release publish`
          : `${path} is staged. Next: rockpool-fleet keys ceremony begin ${path.split('/')[0]}`,
      ]);
    },
  });

function wishOf(given: Given, now: number): Wish {
  const { kind, name, version, counter, dataForm, notes, base, boot, deltas, level, link } = given;
  for (const file of given.file)
    if (!existsSync(file)) throw new Refusal('not-found', `There is no file ${file}.`);
  return {
    ...{ kind, name, version, counter, dataForm, notes, base, boot, level, link },
    ...{
      files: given.file,
      madeAt: now,
      deltasFrom: deltas,
      golden: goldenOf(given),
      compat: compatOf(given),
    },
    beside: {
      sbom: given.sbom === undefined ? undefined : sbomFrom(given.sbom, { name, version, madeAt: now }),
      provenance: given.provenance === undefined ? undefined : jsonFile(given.provenance),
    },
  };
}

function goldenOf({
  goldenPrompt: prompt,
  goldenHolds: holds,
  goldenWithinS,
}: Given): GoldenPrompt | undefined {
  return prompt === undefined ? undefined : { prompt, holds, withinMs: goldenWithinS * 1_000 };
}

function compatOf({ arch, board, l4t, memoryMib, needs }: Given): Compat {
  return {
    ...(arch ? { arch } : {}),
    ...(board ? { boards: board } : {}),
    ...(l4t ? { l4t } : {}),
    ...(memoryMib === undefined ? {} : { memoryMiB: memoryMib }),
    ...(needs.length > 0 ? { needs: Object.fromEntries(needs.map(parseNeed)) } : {}),
  };
}

function parseNeed(text: string): [ReleaseKind, number] {
  const [, kind, counter] = /^([a-z]+)=(\d{1,9})$/.exec(text) ?? [];
  const parsed = ReleaseKind.safeParse(kind);
  if (!parsed.success || counter === undefined)
    throw new Refusal('bad-request', `${text} is not KIND=COUNTER, such as system=2.`);
  return [parsed.data, Number(counter)];
}

function sbomFrom(path: string, of: { name: string; version: string; madeAt: number }): Buffer {
  if (!existsSync(path)) throw new Refusal('not-found', `There is no ${path}.`);
  return statSync(path).isDirectory() ? sbomOf(path, of) : jsonFile(path);
}

function jsonFile(path: string): Buffer {
  if (!existsSync(path)) throw new Refusal('not-found', `There is no file ${path}.`);
  const bytes = readFileSync(path);
  try {
    JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new Refusal('bad-request', `${path} is not JSON.`, { cause });
  }
  return bytes;
}

/** Made last: it names what the release turned out to be. */
function withProvenance(
  made: Made,
  { source, file, provenance, kind, name, version }: Given,
  madeAt: number,
): Made {
  if (source === undefined || provenance !== undefined) return made;
  const bytes = provenanceOf({
    ...{ source, madeAt, inputs: [], builder: `urn:rockpool:builder:${hostname()}` },
    subjects: fetchable(made.release).map((one) => ({ name: one.name, sha256: one.sha256 })),
    parameters: { kind, name, version, files: file.join(' ') },
  });
  const beside = new Map(made.beside).set('provenance.json', bytes);
  return { ...made, release: { ...made.release, provenance: 'provenance.json' }, beside };
}
