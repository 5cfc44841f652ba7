/** The certificates of a device: signed once for a key and its names, and given again when the answer was lost. */
import type { KeyObject } from 'node:crypto';
import { spkiPin } from '@rockpool/signing/x509-chain';
import type { Kysely } from 'kysely';
import type { FleetAuthority, Issued } from '../authority/authority.ts';
import type { Clock } from '../host/clock.ts';
import type { Tables } from '../store/tables.ts';
import { demandDeviceCsr, demandLanCsr, type Wanted } from './csrs.ts';

export interface Certificates {
  device: Prepared;
  lan?: Prepared;
}

interface Prepared {
  kind: 'device' | 'lan';
  issued: Issued;
  names: string;
  /** It stands in the database already. */
  isRecorded: boolean;
}

interface Asking {
  db: Kysely<Tables>;
  clock: Clock;
  authority: FleetAuthority;
  /** Of the row, when the device has one. */
  deviceId: number | undefined;
  wanted: Wanted;
}

/** Signs what is asked for, or finds what was signed before; writes nothing. @throws EnrolRefusal `csr-not-acceptable` */
export async function prepare(
  asking: Asking,
  { deviceCsr, lanCsr }: { deviceCsr: string; lanCsr?: string | undefined },
): Promise<Certificates> {
  const { authority, wanted } = asking;
  const deviceKey = await demandDeviceCsr(deviceCsr, wanted);
  // Both requests are checked before anything is signed.
  const lan = lanCsr === undefined ? undefined : await demandLanCsr(lanCsr, wanted);
  const device = await found(asking, 'device', deviceKey, [wanted.device], () =>
    authority.issueDevice(wanted.device, deviceKey),
  );
  if (!lan) return { device };
  const { publicKey, dns, ips } = lan;
  const page = await found(asking, 'lan', publicKey, [...dns, ...ips], () =>
    authority.issueLan(wanted.device, publicKey, { dns, ips }),
  );
  return { device, lan: page };
}

async function found(
  { db, clock, deviceId }: Asking,
  kind: 'device' | 'lan',
  publicKey: KeyObject,
  names: readonly string[],
  sign: () => Promise<Issued>,
): Promise<Prepared> {
  const text = JSON.stringify(names);
  const last =
    deviceId === undefined
      ? undefined
      : await db
          .selectFrom('certificates')
          .selectAll()
          .where('device_id', '=', deviceId)
          .where('kind', '=', kind)
          .orderBy('issued_at', 'desc')
          .limit(1)
          .executeTakeFirst();
  const now = clock.now();
  const isSame = last?.key_pin === spkiPin(publicKey) && last.names === text && last.revoked_at === null;
  // Renewal begins at two thirds; one asked for in the first third is the same one, whose answer was lost.
  if (isSame && last.issued_at <= now && now < last.issued_at + (last.expires_at - last.issued_at) / 3) {
    const { serial, pem, key_pin: keyPin, issued_at: issuedAt, expires_at: expiresAt } = last;
    return { kind, issued: { serial, pem, keyPin, issuedAt, expiresAt }, names: text, isRecorded: true };
  }
  return { kind, issued: await sign(), names: text, isRecorded: false };
}

/** In the transaction of the enrolment or renewal. */
export async function recordCertificates(
  db: Kysely<Tables>,
  deviceId: number,
  { device, lan }: Certificates,
): Promise<void> {
  for (const { kind, issued, names } of [device, ...(lan ? [lan] : [])].filter(
    ({ isRecorded }) => !isRecorded,
  )) {
    const { serial, pem, keyPin, issuedAt, expiresAt } = issued;
    await db
      .insertInto('certificates')
      .values({
        ...{ serial, device_id: deviceId, kind, pem, key_pin: keyPin, names },
        ...{ issued_at: issuedAt, expires_at: expiresAt, revoked_at: null },
      })
      .execute();
  }
}
