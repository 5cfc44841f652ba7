/** What the firmware starts: a signed loader, and one signed file with kernel, first moments and command line. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { initrd } from './initrd.ts';
import type { Keys } from './keys.ts';
import { partitions, rootMiB } from './partitions.ts';
import { BuildError } from './programs.ts';
import type { Target } from './targets.ts';
import type { Tools } from './tools.ts';

/** Fixed: a salt hides nothing here, and the same root has the same hash. */
const salt = '526f636b706f6f6c00000000000000000000000000000000000000000000000a';
const blocks = (rootMiB * 1024 * 1024) / 4096;

export interface Root {
  /** Both as the tools see them. */
  image: string;
  hash: string;
}

/** An ext4 file system with the hashes of all of its blocks behind it, as it will lie in its partition. */
export function rootImage(tree: string, tools: Tools): Root {
  const image = join(tools.inside, 'root.ext4');
  tools.run(
    'mke2fs',
    ...[
      '-q',
      '-t',
      'ext4',
      '-b',
      '4096',
      '-L',
      'root',
      '-m',
      '0',
      '-O',
      '^has_journal,^resize_inode',
      '-d',
      join(tools.inside, tree.slice(tools.outside.length)),
    ],
    ...[
      '-U',
      '6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b7010',
      '-E',
      'hash_seed=6f1c2a10-52d1-4c8e-9c5e-0d1f3a5b7011,root_owner=0:0',
    ],
    ...[image, `${rootMiB}M`],
  );
  const told = tools.run(
    'veritysetup',
    ...['format', image, image, '--no-superblock', '--data-block-size=4096', '--hash-block-size=4096'],
    ...[
      `--data-blocks=${blocks}`,
      `--hash-offset=${rootMiB * 1024 * 1024}`,
      `--salt=${salt}`,
      '--hash=sha256',
    ],
  );
  const hash = /Root hash:\s+([0-9a-f]{64})/.exec(told)?.[1];
  if (hash === undefined) throw new BuildError(`veritysetup told no root hash:\n${told}`);
  return { image, hash };
}

/**
 * These first moments tell the TPM nothing, so the disk opens at a measurement without any phase. systemd-measure can sign that;
 * ukify knows the phases of systemd's own initrd only, and so the first of them stands for none.
 */
const measureFromTheStart = `#!/bin/sh
for word; do
  shift
  [ "$word" != --phase=enter-initrd ] || word=--phase=
  set -- "$@" "$word"
done
exec /usr/lib/systemd/systemd-measure "$@"
`;

export interface BootOptions {
  target: Target;
  keys: Keys;
  /** Beside what every image has. */
  commandLine?: string;
}

/** @returns paths, as the tools see them, of the loader and the kernel image; the kernel itself lies ready as `vmlinuz` */
export function bootFiles(
  tree: string,
  root: Root,
  tools: Tools,
  { target, keys, commandLine }: BootOptions,
): { loader: string; kernel: string } {
  const at = (name: string): string => join(tools.inside, name);
  writeFileSync(join(tools.outside, 'initrd'), initrd(target, tree, tools));
  cpSync(keys.folder, join(tools.outside, 'keys'), { recursive: true });
  mkdirSync(join(tools.outside, 'bin'));
  writeFileSync(join(tools.outside, 'bin/systemd-measure'), measureFromTheStart, { mode: 0o755 });
  const words = [
    `console=${target.console}`,
    ...['loglevel=4', 'panic=10', 'ro'],
    `rockpool.root=${partitions.a.name},${blocks},${root.hash},${salt}`,
    ...(commandLine === undefined ? [] : [commandLine]),
  ];
  tools.run(
    'ukify',
    ...['build', `--linux=${at('vmlinuz')}`, `--initrd=${at('initrd')}`, `--cmdline=${words.join(' ')}`],
    ...[
      `--stub=${join(tools.inside, tree.slice(tools.outside.length), `usr/lib/systemd/boot/efi/linux${target.efi}.efi.stub`)}`,
    ],
    ...[
      `--efi-arch=${target.efi}`,
      `--os-release=${'ID=rockpool\nNAME=Rockpool\nVERSION_ID=1\nPRETTY_NAME="Rockpool"\n'}`,
      '--uname=rockpool',
    ],
    ...[
      '--measure',
      '--pcr-banks=sha256',
      `--pcr-private-key=${at('keys/pcr.key')}`,
      `--pcr-public-key=${at('keys/pcr.pub')}`,
    ],
    // Before anything said that it is up, while it comes up, and afterwards: a disk may also be opened by a person's trying again.
    ...['--phases=enter-initrd sysinit sysinit:ready', `--tools=${at('bin')}`],
    ...[
      '--signtool=sbsign',
      `--secureboot-private-key=${at('keys/boot.key')}`,
      `--secureboot-certificate=${at('keys/boot.crt')}`,
    ],
    ...[`--output=${at('rockpool-a.efi')}`],
  );
  tools.run(
    'sbsign',
    ...['--key', at('keys/boot.key'), '--cert', at('keys/boot.crt'), '--output', at('loader.efi')],
    join(
      tools.inside,
      tree.slice(tools.outside.length),
      `usr/lib/systemd/boot/efi/systemd-boot${target.efi}.efi`,
    ),
  );
  return { loader: at('loader.efi'), kernel: at('rockpool-a.efi') };
}

/** Variables of a firmware that starts only what the keys signed. */
export function firmwareVariables(tools: Tools, { target, keys }: BootOptions): Buffer {
  cpSync(target.firmwareVariables, join(tools.outside, 'plain-vars.fd'));
  const key = (name: string): string => join(tools.inside, `keys/${name}.crt`);
  tools.run(
    'virt-fw-vars',
    ...['--input', join(tools.inside, 'plain-vars.fd'), '--output', join(tools.inside, 'vars.fd')],
    ...['--set-pk', keys.owner, key('platform'), '--add-kek', keys.owner, key('exchange')],
    ...['--add-db', keys.owner, key('boot'), '--secure-boot'],
  );
  return readFileSync(join(tools.outside, 'vars.fd'));
}
