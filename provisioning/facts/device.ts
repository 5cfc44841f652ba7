/** What lies in the device's folder: which keys, which certificates, whose. All of it public; nothing is unsealed. */
import { X509Certificate } from 'node:crypto';
import type { Root } from '@rockpool/agent/host/posture/root.ts';
import { Enrolled } from '@rockpool/protocol/enrolment';
import { readAuthority } from '@rockpool/signing/authority-files';
import { readNameConstraints } from '@rockpool/signing/x509';
import { z } from 'zod';
import { KnownController } from '../identity/device-folder.ts';
import { type CertificateFacts, type DeviceFacts, dataFolder } from './facts.ts';

export const deviceFolder = `${dataFolder}/device`;
/** Ours: which header the operator has a copy of. */
export const Escrowed = z.strictObject({ version: z.literal(1), header: z.string(), at: z.iso.datetime() });
export type Escrowed = z.infer<typeof Escrowed>;

/** @param header as `headerDigest` says it */
export function readDevice(root: Root, header: string | null): DeviceFacts {
  const read = (name: string): string | undefined => root.read(`${deviceFolder}/${name}`);
  const json = <T>(name: string, schema: z.ZodType<T>): T | null => {
    const text = read(name);
    return text === undefined ? null : schema.parse(JSON.parse(text));
  };
  const certificate = (name: string, key: string): CertificateFacts | null => {
    const pem = read(name);
    return pem ? certificateFacts(pem, root.stat(`${deviceFolder}/${key}`) !== undefined) : null;
  };
  const enrolled = json('enrolled.json', Enrolled);
  const device = certificate('device.crt', 'device-tls-key.cred');
  const lan = certificate('lan.crt', 'lan-tls-key.cred');
  const authority = read('lan-ca.crt');
  return {
    credentials: root
      .list(deviceFolder)
      .filter((name) => name.endsWith('.cred') && root.stat(`${deviceFolder}/${name}`))
      .map((name) => name.slice(0, -'.cred'.length)),
    name:
      enrolled?.device ??
      lan?.names.find((name) => name.endsWith('.local'))?.slice(0, -'.local'.length) ??
      null,
    enrolled:
      enrolled && device
        ? { controller: json('controller.json', KnownController)?.url ?? null, certificate: device }
        : null,
    lan,
    authority: authority ? authorityFacts(authority) : null,
    escrowed: json('escrowed.json', Escrowed)?.header ?? null,
    headerDigest: header,
    isSetUp: root.stat(`${deviceFolder}/set-up`) !== undefined,
  };
}

/** @param pem leaf first */
export function certificateFacts(pem: string, pairs: boolean): CertificateFacts {
  const leaf = new X509Certificate(pem);
  const alternative = (leaf.subjectAltName ?? '').split(/,\s*/).filter(Boolean);
  const of = (kind: string): string[] =>
    alternative.filter((name) => name.startsWith(`${kind}:`)).map((name) => name.slice(kind.length + 1));
  return {
    sha256: leaf.fingerprint256.replaceAll(':', '').toLowerCase(),
    ...{ names: of('DNS'), addresses: of('IP Address'), pairs },
    ...{ fromMs: leaf.validFromDate.getTime(), untilMs: leaf.validToDate.getTime() },
  };
}

function authorityFacts(pem: string): DeviceFacts['authority'] {
  const { name, sha256, pem: whole } = readAuthority(pem);
  const constraints = readNameConstraints(pem);
  return {
    ...{ name, sha256, pem: whole },
    constraints: constraints ? [...constraints.dns, ...constraints.networks] : [],
  };
}
