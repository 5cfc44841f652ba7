/** What provisioning left on the disk of a device that has joined a fleet: who it is, where its broker is, whom it obeys. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type DeviceName, Enrolled } from '@rockpool/protocol/enrolment';
import { type Identity, openIdentity } from '@rockpool/signing/identity';
import type { BrokerCredentials } from './uplink.ts';

export interface DeviceFiles {
  /** Certificates, `enrolled.json`, and the keys as they lie there. */
  folder: string;
  /** Where systemd laid the open keys of an appliance; undefined on a desk, whose keys are plain in the folder. */
  credentials: string | undefined;
}

export interface EnrolledDevice {
  device: DeviceName;
  /** Null: its controller had no broker when the certificate was made; a renewal tells of one. */
  broker: string | null;
  identity: Identity;
  /** Read anew at each call. @throws Error when key and certificate don't fit, or a file is gone */
  credentials(): BrokerCredentials;
}

/** @returns null for a device that never joined */
export function readEnrolled(files: DeviceFiles): EnrolledDevice | null {
  const enrolled = enrolledIn(files);
  if (!enrolled) return null;
  return {
    device: enrolled.device,
    broker: enrolled.broker ?? null,
    identity: openIdentity(readFileSync(keyFile(files, 'identity-key'))),
    credentials: () => credentialsOf(files),
  };
}

/** Changes with every renewal; compared, never read. */
export function stampOf({ folder }: DeviceFiles): string {
  return ['enrolled.json', 'device.crt']
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .map((stat) => (stat ? `${stat.ino} ${stat.mtimeMs} ${stat.size}` : 'none'))
    .join('; ');
}

export const deviceCertificate = ({ folder }: DeviceFiles): X509Certificate =>
  new X509Certificate(readFileSync(join(folder, 'device.crt')));

/** The controller's answer, as it was kept; null for a device that never joined. @throws Error when it is of another version */
export function enrolledIn({ folder }: Pick<DeviceFiles, 'folder'>): Enrolled | null {
  const file = join(folder, 'enrolled.json');
  return existsSync(file) ? Enrolled.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
}

function credentialsOf(files: DeviceFiles): BrokerCredentials {
  const enrolled = enrolledIn(files);
  if (!enrolled?.broker) throw new Error('the controller has named no broker');
  const key = readFileSync(keyFile(files, 'device-tls-key'), 'utf8');
  const chain = readFileSync(join(files.folder, 'device.crt'), 'utf8');
  // A new key comes with the agent's next start; until then the broker would only see a wrong signature.
  if (!new X509Certificate(chain).checkPrivateKey(readable(key)))
    throw new Error('the certificate is for another key than the agent was started with; restart it');
  return {
    ...{ key, chain, broker: enrolled.broker },
    root: readFileSync(join(files.folder, 'fleet-ca.crt'), 'utf8'),
    commandKeys: enrolled.commandKeys.map((one) => one.key),
  };
}

function readable(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new Error("this device's key for its fleet can't be read; renew its certificate with a new one", {
      cause,
    });
  }
}

const keyFile = ({ folder, credentials }: DeviceFiles, name: 'identity-key' | 'device-tls-key'): string =>
  credentials === undefined ? join(folder, `${name}.cred`) : join(credentials, name);
