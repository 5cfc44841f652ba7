/** Core dumps: what a process that crashes held in memory is written nowhere, or on the encrypted volume only. */
import type { PostureFinding } from '@rockpool/protocol/posture';
import { liesOnLuks2 } from './block-device.ts';
import { readDisk } from './disk.ts';
import { bad, good } from './finding.ts';
import type { Root } from './root.ts';

export interface CoreDumpsSeen {
  /** core(5): a file name, or `|` and a program that is given the dump whatever the limit says. */
  pattern: string;
  /** Bytes that this process may write; a program takes dumps also at 0. */
  limit: number;
  /** What systemd-coredump does with what it is given, when it is the program. */
  systemd: { keeps: boolean; encrypted: boolean } | undefined;
}

export function readCoreDumps(root: Root): CoreDumpsSeen {
  const pattern = root.read('proc/sys/kernel/core_pattern')?.trim() ?? '';
  return {
    pattern,
    limit: parseCoreLimit(root.read('proc/self/limits') ?? ''),
    systemd: pattern.includes('systemd-coredump') ? readSystemd(root) : undefined,
  };
}

/** The larger of the soft and the hard one: a process may raise its own to the hard. */
export function parseCoreLimit(limits: string): number {
  const [, soft = '', hard = ''] = /^Max core file size\s+(\S+)\s+(\S+)/m.exec(limits) ?? [];
  const bytes = [soft, hard].map((text) => (/^\d+$/.test(text) ? Number(text) : Number.POSITIVE_INFINITY));
  return Math.max(...bytes);
}

function readSystemd(root: Root): CoreDumpsSeen['systemd'] {
  const storage = settingOf(root, 'coredump.conf', 'Storage') ?? 'external';
  const folder = 'var/lib/systemd/coredump';
  const { device } = readDisk(root, `/${folder}`);
  // `journal` writes into /var/log or /run; where that is, is another question, so it counts as kept in the clear.
  const encrypted = storage === 'external' && device !== undefined && liesOnLuks2(device);
  return { keeps: storage !== 'none', encrypted };
}

/** systemd.conf(5): drop-ins of all folders by name, then the last word counts; a name in /etc hides the same in /usr/lib. */
function settingOf(root: Root, file: string, key: string): string | undefined {
  const folders = ['usr/lib/systemd', 'usr/local/lib/systemd', 'run/systemd', 'etc/systemd'];
  const main = folders.flatMap((folder) => root.read(`${folder}/${file}`) ?? []).at(-1);
  const dropIns = new Map<string, string>();
  for (const folder of folders) {
    for (const name of root.list(`${folder}/${file}.d`).filter((one) => one.endsWith('.conf'))) {
      dropIns.set(name, root.read(`${folder}/${file}.d/${name}`) ?? '');
    }
  }
  const texts = [main ?? '', ...[...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)];
  return texts
    .flatMap((text) => [...text.matchAll(new RegExp(`^\\s*${key}\\s*=\\s*(\\S*)`, 'gm'))])
    .at(-1)?.[1]
    ?.toLowerCase();
}

/** Programs that read nothing and write nothing. */
const takesNothing = /^\|\s*\/(?:usr\/)?bin\/(?:false|true)\b/;

export function judgeCoreDumps({ pattern, limit, systemd }: CoreDumpsSeen): PostureFinding {
  const code = 'core-dumps-off';
  const cure =
    "set kernel.core_pattern to '|/bin/false' in /etc/sysctl.d and load it with `sysctl --system`; `rockpool-provision apply` does both";
  if (pattern.startsWith('|')) {
    if (takesNothing.test(pattern)) return good(code, 'dumps are given to a program that keeps none.');
    if (systemd && !systemd.keeps) return good(code, 'systemd-coredump keeps no dumps.');
    if (systemd?.encrypted) return good(code, 'systemd-coredump keeps dumps on the encrypted volume.');
    return bad(
      code,
      `dumps are given to ${pattern.slice(1).trim().split(' ', 1)[0]}, which may keep them.`,
      cure,
    );
  }
  if (limit === 0) return good(code, 'the limit of a dump is 0.');
  return bad(code, 'a process that crashes may write its memory to a file.', cure);
}
