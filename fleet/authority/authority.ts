/** The two roots of a fleet and what they sign: devices and the controller's listener; chat pages on the LAN. */
import type { KeyObject } from 'node:crypto';
import { createHmac, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { Enrolled } from '@rockpool/protocol/enrolment';
import { type Command, commandDomain } from '@rockpool/protocol/fleet/command';
import { type Ack, ackDomain } from '@rockpool/protocol/fleet/report';
import { Refusal } from '@rockpool/protocol/refusal';
import { frame } from '@rockpool/signing/frame';
import { createSeed } from '@rockpool/signing/identity';
import {
  type Authority,
  createAuthority,
  createKeyPairP256,
  createSerial,
  type Issue,
  issue,
  type KeyPair,
  keyPairFromPem,
  keyToPem,
  makeCrl,
  readNameConstraints,
} from '@rockpool/signing/x509';
import { readDates, spkiPin } from '@rockpool/signing/x509-chain';
import { type NameConstraints, privateNetworks } from '@rockpool/signing/x509-name-constraints';
import type { Kysely } from 'kysely';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { loadFacts, saveFact, saveNewFact } from './facts.ts';
import { hasSecrets, loadSecrets, type Secrets, saveSecrets } from './secrets-file.ts';
import { openSigner } from './signer.ts';

/** A certificate as it is recorded before anybody has it. */
export interface Issued {
  serial: string;
  pem: string;
  keyPin: string;
  issuedAt: number;
  expiresAt: number;
}

export interface FleetAuthority {
  fleetCa: string;
  lanCa: string;
  /** What the LAN root may vouch for. */
  lanConstraints: NameConstraints;
  commandKeys: Enrolled['commandKeys'];
  issueDevice(device: string, publicKey: KeyObject): Promise<Issued>;
  issueLan(
    device: string,
    publicKey: KeyObject,
    names: { dns: readonly string[]; ips: readonly string[] },
  ): Promise<Issued>;
  /** For the controller's own listener; its key outlives its certificates, for devices pin it. */
  issueListener(names: readonly string[]): Promise<Issued>;
  listenerKey: string;
  /** For a broker that somebody else runs; its key is made for it alone. */
  issueBroker(publicKey: KeyObject, names: readonly string[]): Promise<Issued>;
  /** What that broker has to refuse, PEM; past its days it lets nobody in. */
  revocationList(revoked: readonly { serial: string; revokedAt: number }[], days: number): Promise<string>;
  /** As they are published: framed, by the command key. */
  signCommand(command: Command): Uint8Array;
  signAck(ack: Ack): Uint8Array;
  /** Authenticates nonces. */
  macOfNonce(bytes: Uint8Array): Uint8Array;
}

/** Renewed at two thirds; short, because a certificate that was taken away still works where nobody asks. */
const leafDays = 90;
const rootYears = 10;

export interface OpenAuthority {
  home: string;
  /** Where the keys lie, when not in the home: several controllers of one fleet share them, and none of them makes any. */
  keys?: string | undefined;
  db: Kysely<Tables>;
  clock: Clock;
  /** The controller's name, shown to people who install the LAN root. */
  name: string;
  passphrase: string | null;
  /** For the LAN root when it is made; it never changes after, for it is installed on people's phones. */
  constraints: NameConstraints | undefined;
}

/** Makes what is missing at the first start; a start that was cut off goes on where it was. */
export async function openAuthority(options: OpenAuthority): Promise<FleetAuthority> {
  const { db, clock } = options;
  const secrets = await openSecrets(options);
  const fleet = await openRoot(options, 'fleet-ca', keyPairFromPem(secrets.fleetCaKey));
  const lan = await openRoot(
    options,
    'lan-ca',
    keyPairFromPem(secrets.lanCaKey),
    options.constraints ?? defaultConstraints,
  );
  const listener = keyPairFromPem(secrets.listenerKey);
  const signer = openSigner(Buffer.from(secrets.commandSeed, 'base64'));
  await saveFact(db, 'pin', spkiPin(listener.publicKey));
  const sign = (
    root: Authority,
    publicKey: KeyObject,
    what: Omit<Issue, 'at' | 'days' | 'serial'>,
  ): Promise<Issued> => issued(root, publicKey, what, demandSaneClock(root, clock));
  return {
    fleetCa: fleet.certificate,
    lanCa: lan.certificate,
    lanConstraints: constraintsOf(lan, options),
    commandKeys: [{ id: 'command-1', key: signer.publicKey }],
    signCommand: (command) => frame(signer, commandDomain, command),
    signAck: (ack) => frame(signer, ackDomain, ack),
    issueDevice: (device, publicKey) => sign(fleet, publicKey, { cn: device, usages: ['client'] }),
    issueLan: (device, publicKey, names) =>
      sign(lan, publicKey, { cn: device, ...names, usages: ['server'] }),
    issueListener: (names) => sign(fleet, listener.publicKey, serverFor(names, 'controller')),
    issueBroker: (publicKey, names) => sign(fleet, publicKey, serverFor(names, 'broker')),
    revocationList: (revoked, days) =>
      makeCrl(
        fleet,
        revoked.map(({ serial, revokedAt }) => ({ serial, at: new Date(revokedAt) })),
        { at: demandSaneClock(fleet, clock), days },
      ),
    listenerKey: secrets.listenerKey,
    macOfNonce: (bytes) =>
      createHmac('sha256', Buffer.from(secrets.nonceKey, 'base64')).update(bytes).digest(),
  };
}

const serverFor = (names: readonly string[], otherwise: string) => ({
  cn: commonName(names[0] ?? otherwise),
  dns: names.filter((name) => isIP(name) === 0),
  ips: names.filter((name) => isIP(name) !== 0),
  usages: ['server'] as const,
});

/** Names that only mean something on a LAN, and addresses that nobody on the internet answers at. */
const defaultConstraints: NameConstraints = { dns: ['local'], networks: privateNetworks };

/** @throws Refusal when others are asked for than those it was made with */
function constraintsOf({ certificate }: Authority, { constraints: asked }: OpenAuthority): NameConstraints {
  const found = readNameConstraints(certificate);
  if (!found)
    throw new Refusal('failed', 'The LAN root is not bound to names and networks; it is none of ours.');
  if (asked && JSON.stringify(asked) !== JSON.stringify(found)) {
    throw new Refusal(
      'conflict',
      `This fleet's LAN root was made for ${[...found.dns, ...found.networks].join(', ')}; people have installed it, so it can't change. Start without other domains and networks, or start a new home.`,
    );
  }
  return found;
}

export const secretsFile = (home: string): string => join(home, 'keys.json');

async function openSecrets({ home, keys, db, passphrase }: OpenAuthority): Promise<Secrets> {
  const path = keys ?? secretsFile(home);
  if (!hasSecrets(path)) {
    if (keys !== undefined)
      throw new Refusal(
        'not-found',
        `There are no keys in ${keys}; make them once with \`rockpool-fleet keys create\`.`,
      );
    // Keys made anew would be another fleet's: no device would know this controller again.
    if ((await loadFacts(db))['fleet-ca']) {
      throw new Refusal(
        'failed',
        `${path} is gone or torn; put it back from a copy. Without it no device can be renewed.`,
      );
    }
    rmSync(path, { force: true });
    saveSecrets(path, createSecrets(), passphrase);
  }
  return loadSecrets(path, passphrase);
}

/** Of a new fleet. */
export const createSecrets = (): Secrets => ({
  version: 1,
  fleetCaKey: keyToPem(createKeyPairP256().privateKey),
  lanCaKey: keyToPem(createKeyPairP256().privateKey),
  listenerKey: keyToPem(createKeyPairP256().privateKey),
  commandSeed: Buffer.from(createSeed()).toString('base64'),
  nonceKey: randomBytes(32).toString('base64'),
});

async function openRoot(
  { db, clock, name }: OpenAuthority,
  fact: 'fleet-ca' | 'lan-ca',
  keys: KeyPair,
  constraints?: NameConstraints,
): Promise<Authority> {
  const found = (await loadFacts(db))[fact];
  if (found) return { certificate: found, privateKey: keys.privateKey };
  const authority = await createAuthority({
    name: commonName(`Rockpool ${fact === 'fleet-ca' ? 'fleet' : 'LAN'} ${name}`),
    ...{ years: rootYears, at: new Date(clock.now()), keys },
    ...(constraints ? { constraints } : {}),
  });
  // Another controller of this database, which has the same keys, may have been faster.
  const certificate = await saveNewFact(db, fact, authority.certificate);
  return { certificate, privateKey: keys.privateKey };
}

async function issued(
  root: Authority,
  publicKey: KeyObject,
  what: Omit<Issue, 'at' | 'days' | 'serial'>,
  at: Date,
): Promise<Issued> {
  const serial = createSerial();
  const pem = await issue(root, publicKey, { ...what, days: leafDays, at, serial });
  const { to } = readDates(pem);
  return { serial, pem, keyPin: spkiPin(publicKey), issuedAt: at.getTime(), expiresAt: to.getTime() };
}

/** A clock outside of the root's own life is wrong, whatever it says; a certificate by it would work nowhere. */
function demandSaneClock(root: Authority, clock: Clock): Date {
  const now = new Date(clock.now());
  const { from, to } = readDates(root.certificate);
  if (now < from || now > to) {
    throw new Refusal(
      'failed',
      `The controller's clock says ${now.toISOString()}, which can't be; set it right.`,
    );
  }
  return now;
}

/** RFC 5280 ends common names at 64 characters. */
const commonName = (name: string): string => name.slice(0, 64);
