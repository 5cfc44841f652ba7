/** What a supporter needs to see of a device, as one file: versions, settings, findings, numbers and logs; no secret, no word of a person. */
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism, freemem, loadavg, release, totalmem, uptime } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import type { Settings } from '../config/settings.ts';
import type { Finding } from '../health/probes.ts';
import { redactLine, redactText } from '../health/redact.ts';
import { tarEnd, tarHeader, tarPadding } from '../host/backup/tar.ts';
import { systemClock } from '../host/clock.ts';
import { type JournalLine, readJournal } from '../host/journal.ts';
import { version } from '../host/version.ts';
import type { Doing } from './command.ts';
import { whoHolds } from './device.ts';

export interface BundleParts {
  settings: Settings;
  findings: readonly Finding[];
  /** Prometheus' text; undefined when no agent runs. */
  metrics: string | undefined;
  journal: readonly JournalLine[] | undefined;
  now: number;
}

export async function bundleOf({ settings, api }: Doing, findings: readonly Finding[]): Promise<Buffer> {
  // Without the home nobody can be asked: a closed volume must not be written to.
  const isClosed = findings.some(({ probe, state }) => probe === 'disk-encrypted' && state === 'bad');
  const isServing = !isClosed && whoHolds(settings.home).holder?.address != null;
  const metrics = isServing ? await text(await (await api()).download('GET', '/metrics')) : undefined;
  return packBundle({ settings, findings, metrics, journal: await readJournal(), now: systemClock.now() });
}

/** Files of text in a gzipped tar: whoever sends it can look into it first. */
export function packBundle(parts: BundleParts): Buffer {
  const { findings, metrics, journal } = parts;
  const files: [name: string, content: string][] = [
    ['about.json', json(about(parts))],
    ['settings.json', json(settingsOf(parts.settings))],
    ['findings.json', json(findings.map((finding) => ({ ...finding, says: redactText(finding.says) })))],
    ['home.json', json(sizesIn(parts.settings.home))],
    ['metrics.txt', metrics ?? 'No agent runs.\n'],
    ['log.txt', journal ? logOf(journal) : 'There is no journal; a desk logs to its terminal.\n'],
  ];
  const packed = files.flatMap(([name, content]) => {
    const bytes = Buffer.from(content);
    return [tarHeader({ name, bytes: bytes.length }), bytes, tarPadding(bytes.length)];
  });
  return gzipSync(Buffer.concat([...packed, tarEnd()]));
}

/** Its owner's only: it still tells how a device is set up. */
export const saveBundle = (file: string, bundle: Buffer): void =>
  writeFileSync(file, bundle, { mode: 0o600 });

const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const about = ({ now }: BundleParts) => ({
  ...{ format: 'rockpool-support', version: 1, createdAt: new Date(now).toISOString() },
  ...{ rockpool: version, node: process.version, platform: process.platform, arch: process.arch },
  ...{ kernel: release(), cores: availableParallelism(), uptimeS: Math.round(uptime()), load: loadavg() },
  ...{ memoryBytes: totalmem(), freeBytes: freemem() },
});

/** One by one: a setting that is added later is not told until somebody has decided that it may be. */
const settingsOf = (settings: Settings) => ({
  ...{ home: settings.home, host: settings.host, port: settings.port, name: settings.name },
  ...{ chatModel: settings.chatModel, embedder: settings.embedder, builtInModel: settings.builtInModel },
  ...{ contextTokens: settings.contextTokens, sequences: settings.sequences, threads: settings.threads },
  ...{ folders: settings.folders.length, tls: settings.tls ?? null, logLevel: settings.logLevel },
  ...{ deskRun: settings.deskRun, appliance: settings.appliance ?? null },
});

/** Our own names only; below them are names that people gave. */
function sizesIn(home: string): Record<string, number | 'folder'> {
  try {
    const entries = readdirSync(home, { withFileTypes: true }).filter(({ name }) => /^[\w.-]+$/.test(name));
    return Object.fromEntries(
      entries.map((entry) => [entry.name, entry.isFile() ? statSync(join(home, entry.name)).size : 'folder']),
    );
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw error;
  }
}

const logOf = (journal: readonly JournalLine[]): string =>
  journal.map(({ time, unit, message }) => `${time} ${unit} ${redactLine(message)}\n`).join('');
