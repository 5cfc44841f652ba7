/** The first moments: find the root partition, refuse one byte of it that isn't the release's, and start systemd there. */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { cpio, type Entry } from './cpio.ts';
import { BuildError } from './programs.ts';
import type { Target } from './targets.ts';
import type { Tools } from './tools.ts';

/**
 * Shell, run by busybox as the kernel's first program. What it is told (`rockpool.root=NAME,BLOCKS,HASH,SALT`) stands in the
 * signed kernel image and is measured with it; that is why hashing the root makes the root part of what the TPM seals for.
 */
const init = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sys /sys
stop() {
  echo "rockpool: $1; the device is switched off"
  /bin/busybox sleep 5
  /bin/busybox poweroff -f
}
for word in $(/bin/busybox cat /proc/cmdline); do
  case "$word" in rockpool.root=*) told="\${word#rockpool.root=}" ;; esac
done
IFS=, read -r name blocks hash salt <<X
$told
X
for module in $(/bin/busybox cat /modules); do
  /bin/busybox insmod "/$module" || stop "$module does not load"
done
tries=0
while [ ! -b /dev/dm-0 ]; do
  for entry in /sys/class/block/*; do
    /bin/busybox grep -qx "PARTNAME=$name" "$entry/uevent" || continue
    device="/dev/\${entry##*/}"
    dmsetup create --noudevsync --noudevrules --readonly root --table \\
      "0 $((blocks * 8)) verity 1 $device $device 4096 4096 $blocks $blocks sha256 $hash $salt 1 restart_on_corruption" && break
  done
  tries=$((tries + 1))
  [ $tries -lt 200 ] || stop "there is no partition $name with this release's files"
  [ -b /dev/dm-0 ] || /bin/busybox sleep 0.1
done
/bin/busybox mount -t ext4 -o ro,noload /dev/dm-0 /root || stop "the root does not mount"
/bin/busybox mount -t tmpfs -o mode=0755,nodev,nosuid run /run
# What the signed image brings along: the signature over its own measurement, and the settings that were measured with it.
/bin/busybox mkdir -p /run/systemd /run/rockpool-settings
for file in tpm2-pcr-signature.json tpm2-pcr-public-key.pem; do
  [ ! -e "/.extra/$file" ] || /bin/busybox cp "/.extra/$file" "/run/systemd/$file"
done
for file in /.extra/global_credentials/*.cred; do
  [ ! -e "$file" ] || /bin/busybox cp "$file" /run/rockpool-settings/
done
# Programs may write below /etc, and it lasts until the power goes: nothing there outlives the release it was verified with.
/bin/busybox mkdir -p /run/etc/upper /run/etc/work
/bin/busybox mount -t overlay -o lowerdir=/root/etc,upperdir=/run/etc/upper,workdir=/run/etc/work etc /root/etc || stop "/etc does not mount"
# The system's number is the board's own: systemd binds the key of its credentials to it, and where the number is another
# it makes a new key, which opens none of them.
board=$(/bin/busybox cat /sys/class/dmi/id/product_uuid /proc/device-tree/serial-number 2>/dev/null)
[ -z "$board" ] || echo "rockpool system on $board" | /bin/busybox sha256sum | /bin/busybox head -c 32 > /root/etc/machine-id
/bin/busybox mount --move /run /root/run
/bin/busybox mount --move /dev /root/dev
/bin/busybox umount /proc
/bin/busybox umount /sys
exec /bin/busybox switch_root /root /usr/lib/systemd/systemd
`;

const folders = ['bin', 'dev', 'lib', 'proc', 'root', 'run', 'sys', 'usr', 'usr/lib', 'usr/sbin'];
const modules = ['dm-mod', 'dm-bufio', 'reed_solomon', 'dm-verity', 'overlay'];

export function initrd(target: Target, tree: string, tools: Tools): Buffer {
  const loaded = modules.flatMap((name) => moduleOf(tree, tools, name));
  const entries: Entry[] = [
    ...folders.map((path) => ({ path, mode: 0o40755 })),
    { path: 'lib64', mode: 0o120777, content: Buffer.from('usr/lib64') },
    { path: 'dev/console', mode: 0o20600, device: { major: 5, minor: 1 } },
    { path: 'init', mode: 0o100755, content: Buffer.from(init) },
    { path: 'modules', mode: 0o100644, content: Buffer.from(loaded.map(({ path }) => `${path}\n`).join('')) },
    ...loaded.map(({ path, content }) => ({ path, mode: 0o100644, content })),
    { path: 'bin/busybox', mode: 0o100755, content: readFileSync(join(tree, 'usr/bin/busybox')) },
    ...programWithLibraries(target, tree, 'usr/sbin/dmsetup'),
  ];
  return cpio(entries);
}

/** The kernel can't unpack modules before there is a root, so they go in unpacked. One that is built in has no file. */
function moduleOf(tree: string, tools: Tools, name: string): { path: string; content: Buffer }[] {
  const modulesFolder = join(tree, 'usr/lib/modules');
  const found = readdirSync(modulesFolder, { recursive: true, encoding: 'utf8' }).find((path) =>
    new RegExp(`/${name}\\.ko(?:\\.xz)?$`).test(path),
  );
  if (found === undefined) {
    const builtin = readdirSync(modulesFolder).map((version) =>
      readFileSync(join(modulesFolder, version, 'modules.builtin'), 'utf8'),
    );
    if (builtin.some((list) => list.includes(`/${name}.ko`))) return [];
    throw new BuildError(`this kernel has no module ${name}`);
  }
  const inTools = join(tools.inside, tree.slice(tools.outside.length), 'usr/lib/modules', found);
  const plain = join(tools.outside, `${name}.ko`);
  tools.run('sh', '-c', `xz --decompress --stdout '${inTools}' > '${join(tools.inside, `${name}.ko`)}'`);
  return [{ path: `lib/${name}.ko`, content: readFileSync(plain) }];
}

function programWithLibraries(target: Target, tree: string, program: string): Entry[] {
  const triplet = target.npm === 'x64' ? 'x86_64-linux-gnu' : 'aarch64-linux-gnu';
  const loader = target.npm === 'x64' ? 'usr/lib64/ld-linux-x86-64.so.2' : 'usr/lib/ld-linux-aarch64.so.1';
  const wanted = new Set<string>();
  const follow = (file: string): void => {
    for (const library of needed(readFileSync(file))) {
      if (wanted.has(library) || library.startsWith('ld-linux')) continue;
      wanted.add(library);
      follow(libraryFile(tree, triplet, library));
    }
  };
  follow(join(tree, program));
  return [
    ...(target.npm === 'x64' ? [{ path: 'usr/lib64', mode: 0o40755 }] : []),
    { path: program, mode: 0o100755, content: readFileSync(join(tree, program)) },
    { path: loader, mode: 0o100755, content: readFileSync(realpathSync(join(tree, loader))) },
    ...[...wanted].map((library) => ({
      path: `usr/lib/${library}`,
      mode: 0o100644,
      content: readFileSync(libraryFile(tree, triplet, library)),
    })),
  ];
}

function libraryFile(tree: string, triplet: string, name: string): string {
  const file = join(tree, 'usr/lib', triplet, name);
  if (!existsSync(file)) throw new BuildError(`the tree has no ${basename(file)}`);
  return realpathSync(file);
}

/** The names of the shared libraries that a 64-bit little-endian ELF file asks for (DT_NEEDED). */
export function needed(elf: Buffer): string[] {
  const at = (offset: number): number => Number(elf.readBigUInt64LE(offset));
  const headers = Array.from({ length: elf.readUInt16LE(56) }, (_, n) => at(32) + n * elf.readUInt16LE(54));
  const segments = headers.map((header) => ({
    type: elf.readUInt32LE(header),
    ...{ offset: at(header + 8), address: at(header + 16), size: at(header + 32) },
  }));
  const inFile = (address: number): number => {
    const held = segments.find(
      ({ type, address: start, size }) => type === 1 && address >= start && address < start + size,
    );
    if (!held) throw new BuildError('an ELF file points outside of itself');
    return address - held.address + held.offset;
  };
  const dynamic = segments.find(({ type }) => type === 2);
  if (!dynamic) return [];
  const tags = Array.from({ length: dynamic.size / 16 }, (_, n) => ({
    tag: at(dynamic.offset + n * 16),
    value: at(dynamic.offset + n * 16 + 8),
  }));
  const strings = tags.find(({ tag }) => tag === 5);
  if (!strings) return [];
  const start = inFile(strings.value);
  return tags
    .filter(({ tag }) => tag === 1)
    .map(({ value }) => elf.toString('latin1', start + value, elf.indexOf(0, start + value)));
}
