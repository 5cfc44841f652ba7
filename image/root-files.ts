/** What an image adds to Debian's tree: our units and release, a few settings, and what is taken away again. */
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BuildError } from './programs.ts';
import type { Tools } from './tools.ts';

/** Settings that come with the image; what a device is told beyond them is measured beside the kernel. */
const files: Record<string, string> = {
  'etc/hostname': 'rockpool\n',
  // Empty: each board gets one of its own, in the first moments of every boot.
  'etc/machine-id': '',
  'etc/fstab': `# The root is verified and read-only. What the system itself writes is forgotten at power-off; people's data lies on its own volume.
tmpfs /var tmpfs mode=0755,nodev,nosuid,size=25% 0 0
`,
  // Keeps the system's own log in memory: there is nowhere else.
  'etc/systemd/journald.conf.d/90-image.conf': `[Journal]
Storage=volatile
RuntimeMaxUse=32M
`,
  'etc/nsswitch.conf': `passwd: files systemd
group: files systemd
shadow: files
hosts: files resolve [!UNAVAIL=return] dns myhostname
networks: files
services: files
protocols: files
`,
};

const node = '/opt/rockpool/current/bin/node --disable-warning=ExperimentalWarning /opt/rockpool/current';

/** The two command lines, as `npx` gives them in a clone of the repository. */
const programs: Record<string, string> = {
  // As the agent: what root would write into its folder the agent could not read.
  'usr/bin/rockpool': `#!/bin/sh
export ROCKPOOL_APPLIANCE=1 ROCKPOOL_HOME=/var/lib/rockpool/agent ROCKPOOL_DEVICE=/var/lib/rockpool/device HOME=/var/lib/rockpool/agent
exec setpriv --reuid=rockpool --regid=rockpool --init-groups --no-new-privs -- ${node}/agent/main.ts "$@"
`,
  'usr/bin/rockpool-provision': `#!/bin/sh
exec ${node}/provisioning/main.ts "$@"
`,
};

/** Work for machines that are administered by hand. */
const masked = [
  ...[
    'apt-daily.timer',
    'apt-daily-upgrade.timer',
    'dpkg-db-backup.timer',
    'e2scrub_all.timer',
    'fstrim.timer',
  ],
  ...[
    'e2scrub_reap.service',
    'systemd-networkd-wait-online.service',
    'getty@tty1.service',
    'debug-shell.service',
  ],
  ...['systemd-firstboot.service', 'ldconfig.service', 'systemd-hwdb-update.service'],
];

/** Nothing but the packages' own tools reads these. */
const removed = [
  'boot',
  'var/lib/dpkg',
  'var/lib/apt',
  'var/cache',
  'var/log',
  'etc/apt',
  'usr/share/perl5',
  'etc/resolv.conf',
];

export interface RootOptions {
  repository: string;
  pcrPublicKey: string;
  /** A way in for the emulator's tests that no release has. */
  lab: boolean;
}

export function placeRootFiles(tree: string, tools: Tools, options: RootOptions): void {
  const inside = join(tools.inside, tree.slice(tools.outside.length));
  for (const path of removed) rmSync(join(tree, path), { recursive: true, force: true });
  for (const folder of ['boot', 'efi', 'var/lib/rockpool', 'etc/rockpool']) {
    mkdirSync(join(tree, folder), { recursive: true });
  }
  for (const [path, text] of Object.entries(files)) write(tree, path, text);
  for (const [path, text] of Object.entries(programs)) write(tree, path, text, 0o755);
  symlinkSync('/run/systemd/resolve/stub-resolv.conf', join(tree, 'etc/resolv.conf'));
  symlinkSync('/run/rockpool-settings/provisioning.cred', join(tree, 'etc/rockpool/provisioning.toml'));
  write(tree, 'etc/rockpool/pcr-sign.pub', options.pcrPublicKey);
  placeUnits(tree, options.repository);
  if (options.lab) placeLab(tree);
  tools.run('systemd-sysusers', `--root=${inside}`);
  enable(tree, inside, tools);
  // systemd does its first-boot work when these are older than /usr.
  for (const folder of ['etc', 'var']) write(tree, `${folder}/.updated`, '');
}

/** `systemd/lib` of the repository is laid out as below /usr/lib. */
function placeUnits(tree: string, repository: string): void {
  const from = join(repository, 'systemd/lib');
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || /\.test\.ts$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    write(tree, join('usr/lib', path.slice(from.length + 1)), readFileSync(path, 'utf8'));
  }
}

/** Commands from the emulator through a channel that only the emulator can open: one line of base64 in, one out. */
function placeLab(tree: string): void {
  write(
    tree,
    'usr/local/sbin/rockpool-lab',
    `#!/bin/bash
exec 3<>/dev/virtio-ports/rockpool.lab
echo "ready" >&3
while IFS= read -r line <&3; do
  said=$(bash -c "$(printf %s "$line" | base64 -d)" 2>&1 </dev/null 3>&-; echo "exit:$?")
  printf '%s\\n' "$(printf %s "$said" | base64 -w 0)" >&3
done
`,
    0o755,
  );
  write(
    tree,
    'usr/lib/systemd/system/rockpool-lab.service',
    `[Unit]
Description=Commands from the emulator's tests; in no release
DefaultDependencies=no
After=systemd-udevd.service dev-virtio\\x2dports-rockpool.lab.device
BindsTo=dev-virtio\\x2dports-rockpool.lab.device

[Service]
ExecStart=/usr/local/sbin/rockpool-lab
Restart=always
RestartSec=1
`,
  );
  // Which step runs is seen on the console: that is where stories cut the power.
  write(
    tree,
    'usr/lib/systemd/system/rockpool-provision.service.d/lab.conf',
    '[Service]\nStandardError=journal+console\n',
  );
  write(
    tree,
    'usr/lib/udev/rules.d/99-rockpool-lab.rules',
    'SUBSYSTEM=="virtio-ports", ATTR{name}=="rockpool.lab", TAG+="systemd", ENV{SYSTEMD_WANTS}+="rockpool-lab.service"\n',
  );
}

/** What our preset names; Debian's own presets would enable more. */
function enable(tree: string, inside: string, tools: Tools): void {
  const preset = readFileSync(join(tree, 'usr/lib/systemd/system-preset/80-rockpool.preset'), 'utf8');
  const wanted = [...preset.matchAll(/^enable (\S+)$/gm)].flatMap(([, unit]) => unit ?? []);
  tools.run('systemctl', `--root=${inside}`, 'enable', ...wanted);
  tools.run('systemctl', `--root=${inside}`, 'mask', ...masked);
}

function write(tree: string, path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), text, { mode });
}

/** The kernel leaves the tree, before anything else is taken away: it lies on the loader's partition, signed, and nowhere else. */
export function takeKernel(tree: string, into: string): void {
  const name = readdirSync(join(tree, 'boot')).find((file) => file.startsWith('vmlinuz-'));
  if (name === undefined) throw new BuildError('the tree has no kernel');
  renameSync(join(tree, 'boot', name), into);
}
