/** How a device becomes one of the fleet, stays one, and leaves a sealed copy of its disk's header. */
import {
  type DeviceName,
  Enrolled,
  type EnrolRequest,
  type EscrowRequest,
  proofDomains,
  type RenewRequest,
} from '@rockpool/protocol/enrolment';
import type { Domain } from '@rockpool/signing/canonical';
import { demandPublicKey, SignatureError, verifyProof } from '@rockpool/signing/identity';
import type { Kysely, Transaction } from 'kysely';
import { record } from '../audit/audit.ts';
import type { FleetAuthority } from '../authority/authority.ts';
import type { Clock } from '../host/clock.ts';
import type { DeviceRow } from '../registry/tables.ts';
import type { Tables } from '../store/tables.ts';
import { transact } from '../store/transaction.ts';
import { type Certificates, prepare, recordCertificates } from './certificates.ts';
import { demandClaim, recordRefused, takeClaim } from './claims.ts';
import { keepEscrow } from './escrow.ts';
import type { Nonces } from './nonces.ts';
import { EnrolRefusal } from './refusal.ts';
import type { ClaimRow } from './tables.ts';

export interface Enrolment {
  enrol(request: EnrolRequest): Promise<Enrolled>;
  renew(request: RenewRequest): Promise<Enrolled>;
  escrow(request: EscrowRequest): Promise<void>;
}

export interface EnrolmentParts {
  db: Kysely<Tables>;
  clock: Clock;
  authority: FleetAuthority;
  nonces: Nonces;
  /** Somebody else was faster: a name, an identity, a serial number. */
  isTaken: (error: unknown) => boolean;
  broker?: string;
  /** The root of the repository of releases, where there is one. */
  updateRoot?: () => string | undefined;
}

export function createEnrolment(parts: EnrolmentParts): Enrolment {
  const { db, clock, nonces, isTaken } = parts;
  return {
    async enrol(request) {
      const { identity, device: name } = request;
      nonces.demandFresh(request.nonce);
      demandProof(proofDomains.enrol, request, identity);
      const known = await rowByIdentity(db, identity);
      demandInForce(known);
      const claim = await demandClaim(db, clock, request.claim, identity).catch(async (refusal: unknown) => {
        if (refusal instanceof EnrolRefusal)
          await recordRefused(db, { code: request.claim, name, reason: refusal.code, at: clock.now() });
        throw refusal;
      });
      demandName(name, claim, known);
      await demandFreeName(db, name, claim, known);
      const certificates = await certificatesFor(
        parts,
        known ?? { name, lan_names: claim.lan_names },
        request,
      );
      await transact(db, (tx) => register(tx, parts, { request, claim, certificates })).catch(
        (cause: unknown) => {
          throw isTaken(cause) ? taken(name) : cause;
        },
      );
      return answer(parts, name, certificates);
    },
    async renew(request) {
      const known = await demandDevice(db, nonces, proofDomains.renew, request);
      const certificates = await certificatesFor(parts, known, request);
      const at = clock.now();
      await transact(db, async (tx) => {
        await nonces.spend(tx, request.nonce);
        await demandStillInForce(tx, known, at);
        await recordCertificates(tx, known.id, certificates);
        await record(tx, {
          ...{ at, who: `device ${known.name}`, action: 'renew', subject: `device ${known.name}` },
          detail: { serial: certificates.device.issued.serial, lan: certificates.lan?.issued.serial ?? null },
        });
      });
      return answer(parts, request.device, certificates);
    },
    async escrow(request) {
      const known = await demandDevice(db, nonces, proofDomains.escrow, request);
      const at = clock.now();
      await transact(db, async (tx) => {
        await nonces.spend(tx, request.nonce);
        await demandStillInForce(tx, known, at);
        await keepEscrow(tx, known.id, request, at);
        await record(tx, {
          ...{ at, who: `device ${known.name}`, action: 'escrow', subject: `device ${known.name}` },
          detail: { kind: request.kind, digest: request.digest },
        });
      });
    },
  };
}

/** All or nothing: a claim that is used has its device and its certificates, whenever power is cut. */
async function register(
  tx: Transaction<Tables>,
  { clock, nonces }: EnrolmentParts,
  { request, claim, certificates }: { request: EnrolRequest; claim: ClaimRow; certificates: Certificates },
): Promise<void> {
  const { device: name, identity } = request;
  const at = clock.now();
  if (!(await takeClaim(tx, claim, identity, at))) {
    // Who was faster is known now; this says whether it was another device or an operator.
    await demandClaim(tx, clock, request.claim, identity);
    throw new EnrolRefusal(
      'claim-used',
      'This claim was used by another device a moment ago; make a new one.',
    );
  }
  await nonces.spend(tx, request.nonce);
  const known = await rowByIdentity(tx, identity);
  demandInForce(known);
  const id = known?.id ?? (await addDevice(tx, claim, { name, identity, at }));
  await tx.updateTable('devices').set({ seen_at: at }).where('id', '=', id).execute();
  await recordCertificates(tx, id, certificates);
  await record(tx, {
    ...{ at, who: `device ${name}`, action: known ? 'enrol-again' : 'enrol', subject: `device ${name}` },
    detail: {
      claim: claim.id,
      serial: certificates.device.issued.serial,
      lan: certificates.lan?.issued.serial ?? null,
    },
  });
}

async function addDevice(
  tx: Transaction<Tables>,
  claim: ClaimRow,
  { name, identity, at }: { name: string; identity: string; at: number },
): Promise<number> {
  const { id } = await tx
    .insertInto('devices')
    .values({
      ...{ name, name_in_force: name, identity, claim_id: claim.id, lan_names: claim.lan_names },
      ...{ enrolled_at: at, seen_at: at, revoked_at: null, revoked_because: null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  for (const [key, value] of Object.entries(JSON.parse(claim.labels) as Record<string, string>)) {
    await tx.insertInto('device_labels').values({ device_id: id, key, value }).execute();
  }
  return id;
}

const rowByIdentity = (db: Kysely<Tables>, identity: string): Promise<DeviceRow | undefined> =>
  db.selectFrom('devices').selectAll().where('identity', '=', identity).executeTakeFirst();

/** For requests without a claim: the identity on record proves them. */
async function demandDevice<T extends RenewRequest | EscrowRequest>(
  db: Kysely<Tables>,
  nonces: Nonces,
  domain: Domain,
  request: T,
): Promise<DeviceRow> {
  nonces.demandFresh(request.nonce);
  const rows = await db
    .selectFrom('devices')
    .selectAll()
    .where('name', '=', request.device)
    .orderBy('id', 'desc')
    .execute();
  if (rows.length === 0) {
    throw new EnrolRefusal(
      'device-unknown',
      `This controller has no device ${request.device}; enrol it with a claim.`,
    );
  }
  // A name may have been another device's before; whoever proves to be that one is told that it was revoked.
  const known = rows.find(({ identity }) => isProof(domain, request, identity));
  if (!known) throw proofWrong();
  demandInForce(known);
  return known;
}

function demandInForce(known: DeviceRow | undefined): void {
  if (known && known.revoked_at !== null) {
    throw new EnrolRefusal(
      'device-revoked',
      'This device was revoked at the controller; only an operator can let it in again, as a new device.',
    );
  }
}

/** The row may have been revoked since it was read. */
async function demandStillInForce(tx: Transaction<Tables>, known: DeviceRow, at: number): Promise<void> {
  const { numUpdatedRows } = await tx
    .updateTable('devices')
    .set({ seen_at: at })
    .where('id', '=', known.id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) demandInForce({ ...known, revoked_at: at });
}

function demandName(name: DeviceName, claim: ClaimRow, known: DeviceRow | undefined): void {
  if (claim.name !== null && claim.name !== name) {
    throw new EnrolRefusal(
      'name-not-allowed',
      `This claim is for a device named ${claim.name}; give the device that name, or make another claim.`,
    );
  }
  if (known && known.name !== name) {
    throw new EnrolRefusal(
      'name-not-allowed',
      `This device is enrolled as ${known.name} already; it keeps that name.`,
    );
  }
}

/** A name that a revoked device had is free for a claim that says so, and for no other. */
async function demandFreeName(
  db: Kysely<Tables>,
  name: DeviceName,
  claim: ClaimRow,
  known: DeviceRow | undefined,
): Promise<void> {
  if (known) return;
  const holders = await db.selectFrom('devices').select('name_in_force').where('name', '=', name).execute();
  const isFree =
    holders.length === 0 ||
    (claim.name === name && holders.every(({ name_in_force }) => name_in_force === null));
  if (!isFree) throw taken(name);
}

const taken = (name: string): EnrolRefusal =>
  new EnrolRefusal(
    'name-taken',
    `There is a device named ${name} already; choose another name, or revoke that device and make a claim with --name ${name}.`,
  );

function demandProof(domain: Domain, request: EnrolRequest, identity: string): void {
  try {
    demandPublicKey(identity);
    verifyProof(domain, request, identity);
  } catch (cause) {
    if (cause instanceof SignatureError) throw proofWrong(cause);
    throw cause;
  }
}

function isProof(domain: Domain, request: RenewRequest | EscrowRequest, identity: string): boolean {
  try {
    verifyProof(domain, request, identity);
    return true;
  } catch (cause) {
    if (cause instanceof SignatureError) return false;
    throw cause;
  }
}

const proofWrong = (cause?: unknown): EnrolRefusal =>
  new EnrolRefusal('proof-wrong', 'The request is not signed by the identity that it is for.', { cause });

const certificatesFor = (
  { db, clock, authority }: EnrolmentParts,
  known: Pick<DeviceRow, 'name' | 'lan_names'> & Partial<DeviceRow>,
  request: EnrolRequest | RenewRequest,
): Promise<Certificates> =>
  prepare(
    {
      ...{ db, clock, authority, deviceId: known.id },
      wanted: {
        device: request.device,
        lanNames: JSON.parse(known.lan_names) as string[],
        constraints: authority.lanConstraints,
      },
    },
    request,
  );

/** Through the schema of the wire: what a device would refuse is our failure, and shows here. */
const answer = (
  { authority, broker, updateRoot }: EnrolmentParts,
  device: DeviceName,
  { device: own, lan }: Certificates,
): Enrolled => {
  const root = updateRoot?.();
  return Enrolled.parse({
    version: 1,
    device,
    deviceChain: [own.issued.pem],
    ...(lan ? { lanChain: [lan.issued.pem], lanCa: authority.lanCa } : {}),
    fleetCa: authority.fleetCa,
    commandKeys: authority.commandKeys,
    ...(broker === undefined ? {} : { broker }),
    ...(root === undefined ? {} : { updateRoot: root }),
  });
};
