/** What a device must have to be allowed to serve people, read from the kernel's truth and judged. Verify and agent ask the same. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Posture, PostureFinding } from '@rockpool/protocol/posture';
import { certificateSeen, judgeCertificate, readCertificate } from './certificate.ts';
import { type AskTimedate, judgeClock, readSynchronised } from './clock.ts';
import { judgeCoreDumps, readCoreDumps } from './core-dumps.ts';
import { judgeDisk, readDisk } from './disk.ts';
import type { DiskHeader } from './disk-header.ts';
import { judgeEnrolled, readEnrolled } from './enrolled.ts';
import { judgeIdentity, readIdentity } from './identity.ts';
import { askListener, judgeListener, type ListenerSeen } from './listener.ts';
import { openRoot } from './root.ts';
import { judgeRecovery, judgeSeal, readSeal } from './seal.ts';
import { judgeSwap, readSwap } from './swap.ts';

export interface PosturePlace {
  /** `/`, or a recorded tree. */
  root?: string;
  /** Where what people say is kept. */
  home: string;
  /** Where the data volume belongs; left out, whatever holds `home` is judged. */
  dataMount?: string;
  /** Certificates, and credentials as they are sealed. */
  deviceFolder: string;
  /** `$CREDENTIALS_DIRECTORY`; root's program has none and looks at the sealed files. */
  credentials?: string | undefined;
  /** `leeds`: NAME.local is what the chat page's certificate has to be for. */
  name: string;
  /** The office's own names; a certificate of a public authority is for one of these and for no NAME.local. */
  names?: readonly string[];
  /** Where the chat page is served; left out, nobody listens yet and the two findings about it are left out. */
  listener?: { host: string; port: number } | undefined;
  /** The chat page's certificate, when it is not `lan.crt` of the device's folder. */
  certificate?: string;
  /** Whether it belongs to a fleet; left out, a trace of one on disk decides. */
  hasFleet?: boolean | undefined;
  /** What only root can read; left out, what root's program told. */
  header?: DiskHeader;
  askTimedate?: AskTimedate;
  now(): number;
}

/** Reads everything and judges it; takes about as long as four handshakes. */
export async function readPosture(place: PosturePlace): Promise<Posture> {
  const root = openRoot(place.root);
  const disk = readDisk(root, place.home);
  const seal = readSeal(root, disk, place.header);
  const lanCa = root.read(`${place.deviceFolder}/lan-ca.crt`);
  const pem = root.read(place.certificate ?? `${place.deviceFolder}/lan.crt`);
  const servername = nameIn(pem, [`${place.name}.local`, ...(place.names ?? [])]);
  const listener = place.listener && (await askListener({ ...place.listener, servername, ca: lanCa }));
  const now = place.now();
  const findings: PostureFinding[] = [
    judgeDisk(disk, place.dataMount),
    judgeSeal(seal),
    judgeRecovery(seal),
    judgeSwap(readSwap(root)),
    judgeCoreDumps(readCoreDumps(root)),
    ...(listener ? judgeDoor(listener, pem, servername, now) : []),
    judgeIdentity(readIdentity(root, place.deviceFolder, place.credentials)),
    judgeEnrolled(readEnrolled(root, place.deviceFolder, place.hasFleet), place.name, now),
    judgeClock({
      nowMs: now,
      newestMs: newestUnder(root.at(place.home)),
      isSynchronised: await readSynchronised(root, place.askTimedate),
    }),
  ];
  return { holds: holds(findings), findings };
}

/** A warning is for tomorrow: people are served today. */
export const holds = (findings: readonly PostureFinding[]): boolean =>
  findings.every(({ state }) => state !== 'bad');

/** What people are to type: the first name that the certificate is for, and the device's own when it is for none. */
function nameIn(pem: string | undefined, names: readonly [string, ...string[]]): string {
  const certificate = readCertificate(pem);
  return names.find((name) => certificate?.checkHost(name, { subject: 'never' })) ?? names[0];
}

/** Only this: whether anything may be read from or written to where people's words lie. */
export function readDataDisk({
  root,
  home,
  dataMount,
}: Pick<PosturePlace, 'root' | 'home' | 'dataMount'>): PostureFinding {
  return judgeDisk(readDisk(openRoot(root), home), dataMount);
}

const judgeDoor = (
  seen: ListenerSeen,
  pem: string | undefined,
  name: string,
  now: number,
): PostureFinding[] => [judgeListener(seen), judgeCertificate(certificateSeen(seen, pem), name, now)];

/** Written by the agent itself, and often. */
export function newestUnder(home: string): number | undefined {
  const times = ['people.db', 'sessions.db', 'audit/audit.jsonl']
    .flatMap((name) => [name, `${name}-wal`])
    .map((name) => statSync(join(home, name), { throwIfNoEntry: false })?.mtimeMs)
    .filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.max(...times);
}
