/** A controller in this process with a clock that tests set, and devices that ask it over real HTTPS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import type { ClaimCode } from '@rockpool/protocol/claim';
import { DeviceName, type Enrolled, proofDomains } from '@rockpool/protocol/enrolment';
import { createSeed, type Identity, openIdentity, prove } from '@rockpool/signing/identity';
import { createKeyPairP256, type KeyPair, makeCsr } from '@rockpool/signing/x509';
import { spkiPin } from '@rockpool/signing/x509-chain';
import pino from 'pino';
import { type Controller, type ControllerOptions, createController } from '../controller.ts';
import { type ClaimWish, createClaim } from '../enrolment/claims.ts';
import { databaseOf } from '../store/database.fixture.ts';

export interface TestClock {
  now(): number;
  set(ms: number): void;
  pass(ms: number): void;
}

export function createClock(at = Date.now()): TestClock {
  let now = at;
  return {
    now: () => now,
    set: (ms) => {
      now = ms;
    },
    pass: (ms) => {
      now += ms;
    },
  };
}

export const hour = 3_600_000;
export const day = 24 * hour;

export interface Fleet {
  controller: Controller;
  clock: TestClock;
  home: string;
  claim(wish?: Partial<ClaimWish>): Promise<ClaimCode>;
  /** Ends the controller and starts another on the same home. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openFleet(options: Partial<ControllerOptions> = {}): Promise<Fleet> {
  const home = mkdtempSync(join(tmpdir(), 'rockpool-fleet-'));
  const clock = createClock();
  const database = await databaseOf(home);
  const start = (): Promise<Controller> =>
    createController({
      ...{ home, clock, name: '127.0.0.1', host: '127.0.0.1', port: 0, passphrase: null },
      ...{ logger: pino({ level: 'silent' }), ...(database === undefined ? {} : { database }), ...options },
    });
  const fleet: Fleet = {
    ...{ controller: await start(), clock, home },
    claim: async (wish = {}) =>
      (await createClaim(fleet.controller.db, clock, { ttlMs: day, who: 'test', ...wish })).code,
    async restart() {
      await fleet.controller.close();
      fleet.controller = await start();
    },
    async [Symbol.asyncDispose]() {
      await fleet.controller.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
  return fleet;
}

/** A controller that answers somewhere, in this process or in another. */
export interface Reach {
  controller: Pick<Controller, 'url' | 'pin'>;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

/** The code of a refusal, or 'ok'. */
export const codeOf = ({ status, body }: Answer): string =>
  status === 200 ? 'ok' : (body as { error: { code: string } }).error.code;

/** Over a connection of its own, to the key of the controller; tests set its clock, so that its certificate may be from the future. */
export function post(
  { controller }: Reach,
  path: string,
  body: string | object,
  type = 'application/json',
): Promise<Answer> {
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const asked = request(
      new URL(path, controller.url),
      {
        method: 'POST',
        ...{ agent: false, rejectUnauthorized: false },
        headers: { 'content-type': type, 'content-length': bytes.length },
      },
      (response) => {
        const shown = (response.socket as TLSSocket).getPeerX509Certificate();
        if (!shown || spkiPin(shown.publicKey) !== controller.pin) reject(new Error('another key'));
        const pieces: Buffer[] = [];
        response.on('data', (piece: Buffer) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString();
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: JSON.parse(text) as unknown,
          });
        });
      },
    );
    asked.on('error', reject);
    asked.end(bytes);
  });
}

export interface TestDevice {
  name: DeviceName;
  identity: Identity;
  deviceKey: KeyPair;
  lanKey: KeyPair;
  /** Adds a nonce and a proof to what is asked; what is given wins over what an honest device would send. */
  ask(what: 'enrol' | 'renew' | 'escrow', wish?: Record<string, unknown>): Promise<Answer>;
  /** The same as bytes that were sent once and may be sent again. */
  form(what: 'enrol' | 'renew' | 'escrow', wish?: Record<string, unknown>): Promise<Record<string, unknown>>;
}

/** @param name any text, so that names which no device may have can be tried */
export function createDevice(fleet: Reach, name = 'leeds'): TestDevice {
  const identity = openIdentity(createSeed());
  const device: TestDevice = {
    name: name as DeviceName,
    ...{ identity, deviceKey: createKeyPairP256(), lanKey: createKeyPairP256() },
    async form(what, wish = {}) {
      const { nonce } = (await post(fleet, '/v1/nonce', {})).body as { nonce: string };
      const csrs = {
        deviceCsr: await makeCsr(device.deviceKey, { cn: name }),
        lanCsr: await makeCsr(device.lanKey, { cn: name, dns: [`${name}.local`], ips: ['192.168.7.2'] }),
      };
      const honest = {
        ...{ version: 1, device: name, nonce },
        ...(what === 'escrow' ? {} : csrs),
        ...(what === 'enrol' ? { identity: identity.publicKey } : {}),
      };
      const { proof, ...rest } = { ...honest, ...wish } as Record<string, unknown>;
      const kept = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const proved = prove(identity, proofDomains[what], kept);
      return proof === undefined ? proved : { ...proved, proof };
    },
    ask: async (what, wish) => post(fleet, `/v1/${what}`, await device.form(what, wish)),
  };
  return device;
}

/** A device that is in the fleet, and what it got. */
export async function enrolled(
  fleet: Fleet,
  name = 'leeds',
  wish: Partial<ClaimWish> = {},
): Promise<TestDevice & { got: Enrolled; claim: ClaimCode }> {
  const device = createDevice(fleet, name);
  const claim = await fleet.claim(wish);
  const answer = await device.ask('enrol', { claim });
  if (answer.status !== 200) throw new Error(`not enrolled: ${JSON.stringify(answer.body)}`);
  return Object.assign(device, { got: answer.body as Enrolled, claim });
}

export const named = (name: string): DeviceName => DeviceName.parse(name);
