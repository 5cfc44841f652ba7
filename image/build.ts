/** Builds an appliance's disk: `node agent/rockpool.mjs --run image/build.ts --target qemu-x86_64`. */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bootFiles, firmwareVariables, rootImage } from './boot.ts';
import { openCache } from './cache.ts';
import { archiveToday } from './debian.ts';
import { composeDisk } from './disk.ts';
import { keysIn } from './keys.ts';
import { BuildError, run } from './programs.ts';
import { placeRelease } from './release.ts';
import { placeRootFiles, takeKernel } from './root-files.ts';
import { rootTree } from './root-tree.ts';
import { type Target, targetNamed, targets } from './targets.ts';
import { openTools } from './tools.ts';

const repository = dirname(dirname(fileURLToPath(import.meta.url)));

const help = `Builds an appliance's disk for an emulator, with everything signed by keys of its own.

  --target NAME     ${targets.map(({ name }) => name).join(', ')}
  --out FOLDER      where disk.img, vars.fd and the rest go (image/out/TARGET)
  --cache FOLDER    what is slow to make (node_modules/.cache/rockpool/image)
  --keys FOLDER     keys of the release; made when the folder has none (CACHE/keys)
  --settings FILE   a provisioning.toml for the device
  --lab             with a way in for the emulator's tests, which no release has
`;

export interface BuildOptions {
  target: Target;
  out: string;
  cache: string;
  keys: string;
  settings?: string;
  lab: boolean;
  tell(line: string): void;
}

export async function build({
  target,
  out,
  cache: cacheFolder,
  keys: keysFolder,
  settings,
  lab,
  tell,
}: BuildOptions): Promise<void> {
  const startedMs = performance.now();
  const told = (what: string): void =>
    tell(`${((performance.now() - startedMs) / 1000).toFixed(1).padStart(6)} s  ${what}`);
  const cache = openCache(cacheFolder);
  const keys = keysIn(keysFolder);
  const archive = await archiveToday();
  using tools = openTools(cache, archive);
  told('tools');
  const packed = rootTree(cache, target, archive);
  told('Debian tree');
  const tree = join(tools.outside, 'tree');
  mkdirSync(tree);
  run('tar', ['--extract', `--file=${packed}`, `--directory=${tree}`, '--numeric-owner']);
  takeKernel(tree, join(tools.outside, 'vmlinuz'));
  run(process.execPath, [join(repository, 'tooling/build.mjs')]);
  placeRelease(cache, target, repository, join(tree, 'opt/rockpool/current'));
  told('release');
  const options = { target, keys };
  placeRootFiles(tree, tools, { repository, pcrPublicKey: keys.pcrPublicKey, lab });
  const root = rootImage(tree, tools);
  told(`root, verified by ${root.hash.slice(0, 16)}…`);
  const bootable = bootFiles(tree, root, tools, options);
  const disk = composeDisk(
    { target, ...bootable, root: root.image, ...(settings === undefined ? {} : { settings }) },
    tools,
  );
  told('disk');
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'vars.fd'), firmwareVariables(tools, options));
  copyFileSync(join(tools.outside, 'rockpool-a.efi'), join(out, 'rockpool-a.efi'));
  copyFileSync(join(keysFolder, 'pcr.pub'), join(out, 'pcr.pub'));
  run('mv', [join(tools.outside, disk.slice(tools.inside.length + 1)), join(out, 'disk.img')]);
  told(join(out, 'disk.img'));
}

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string', default: 'qemu-x86_64' },
      out: { type: 'string' },
      cache: { type: 'string', default: join(repository, 'node_modules/.cache/rockpool/image') },
      keys: { type: 'string' },
      settings: { type: 'string' },
      lab: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  await build({
    target: targetNamed(values.target),
    out: values.out ?? join(repository, 'image/out', values.target),
    cache: values.cache,
    keys: values.keys ?? join(values.cache, 'keys'),
    lab: values.lab,
    tell: (line) => process.stdout.write(`${line}\n`),
    ...(values.settings === undefined ? {} : { settings: readFileSync(values.settings, 'utf8') }),
  });
  return 0;
}

if (import.meta.main) {
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof BuildError || error instanceof RangeError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
