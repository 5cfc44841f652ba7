/** The verbs on the operating system: name, time, swap, core dumps, and what the next boot reads. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { writeFileAtomically } from '@rockpool/agent/host/files.ts';
import type { Config } from '../config.ts';
import { type BootEntries, crypttabLine, fstabLine, hasLine, withLine } from '../disk/boot-entries.ts';
import type { Run } from '../exec.ts';
import { type Facts, headerOf } from '../facts/facts.ts';
import { isClockRight } from '../steps/clock.ts';
import type { World } from '../world.ts';
import { must } from './must.ts';

type HostVerbs = Pick<
  World,
  'waitForClock' | 'setHostname' | 'stopPlainSwap' | 'stopCoreDumps' | 'writeBootEntries'
>;

/** A time server of the LAN answers within seconds; one on the internet, after the uplink came up. */
const patienceMs = 90_000;

export function hostVerbs(run: Run, look: World['look']): HostVerbs {
  return {
    async waitForClock(config, signal) {
      for (let waited = 0; waited < patienceMs; waited += 2_000) {
        if (isClockRight(await look(config))) return;
        await wait(2_000, undefined, { signal });
      }
    },

    async setHostname(name) {
      writeFileAtomically('/etc/hostname', `${name}\n`, 0o644);
      // resolved and networkd watch this file: NAME.local is announced at once.
      writeFileSync('/proc/sys/kernel/hostname', name);
      return Promise.resolve();
    },

    async stopPlainSwap({ swap }) {
      const plain = swap.filter(({ kind }) => kind === 'plain').map(({ path }) => path);
      for (const path of plain) await must(run, 'swapoff', [path]);
      // Else the next boot takes it up again.
      const fstab = textOf('/etc/fstab');
      const kept = fstab
        .split('\n')
        .filter((line) => !/^\s*[^#\s]\S*\s+\S+\s+swap\s/.test(line) || line.includes('/dev/mapper/'));
      if (kept.join('\n') !== fstab) writeFileAtomically('/etc/fstab', kept.join('\n'), 0o644);
    },

    stopCoreDumps() {
      // Now, and at every boot; whoever dumps then gives it to a program that reads nothing.
      writeFileAtomically(
        '/etc/sysctl.d/60-rockpool-core-dumps.conf',
        'kernel.core_pattern=|/bin/false\n',
        0o644,
      );
      writeFileSync('/proc/sys/kernel/core_pattern', '|/bin/false');
      return Promise.resolve();
    },

    async writeBootEntries(facts, config) {
      const entries = entriesFor(facts, config);
      if (!entries) throw new Error('there is no volume that a boot could open');
      writeFileAtomically('/etc/crypttab', withLine(textOf('/etc/crypttab'), entries.crypttab), 0o600);
      writeFileAtomically('/etc/fstab', withLine(textOf('/etc/fstab'), entries.fstab), 0o644);
      await must(run, 'systemctl', ['daemon-reload']);
    },
  };
}

/** Compared with what the next boot will read. */
export function readBootEntries(
  facts: Pick<Facts, 'disk' | 'board'>,
  config: Config,
  read: (path: string) => string | undefined,
): Facts['bootEntries'] {
  const wanted = entriesFor(facts, config);
  const [crypttab, fstab] = [read('etc/crypttab') ?? '', read('etc/fstab') ?? ''];
  if (wanted && hasLine(crypttab, wanted.crypttab) && hasLine(fstab, wanted.fstab)) return 'right';
  return crypttab.includes('rockpool-data') || fstab.includes('rockpool-data') ? 'other' : 'absent';
}

function entriesFor(
  { disk, board }: Pick<Facts, 'disk' | 'board'>,
  config: Config,
): { crypttab: string; fstab: string } | null {
  const header = headerOf({ disk });
  if (!disk || !header) return null;
  const entries: BootEntries = {
    ...{ uuid: header.uuid, unlock: config.disk.unlock },
    ...{ discards: disk.discards, aes: board.aes },
  };
  return { crypttab: crypttabLine(entries), fstab: fstabLine(entries) };
}

const textOf = (path: string): string => (existsSync(path) ? readFileSync(path, 'utf8') : '');
