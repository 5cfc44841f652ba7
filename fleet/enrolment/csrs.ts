/** What a device may ask certificates for: its own name, names that an operator gave it, addresses of private networks. */
import type { KeyObject } from 'node:crypto';
import { CertificateError, type Csr, readCsr } from '@rockpool/signing/x509';
import { type NameConstraints, permits } from '@rockpool/signing/x509-name-constraints';
import { EnrolRefusal } from './refusal.ts';

export interface Wanted {
  device: string;
  /** Names for the chat page that an operator allowed, besides DEVICE.local. */
  lanNames: readonly string[];
  /** What the LAN root may vouch for. */
  constraints: NameConstraints;
}

const alternativeNames = '2.5.29.17';
/** A laptop has one or two addresses; a device with more than this has something else wrong. */
const mostNames = 32;

/** @throws EnrolRefusal `csr-not-acceptable` */
export async function demandDeviceCsr(pem: string, { device }: Wanted): Promise<KeyObject> {
  const csr = await demandOwnCsr(pem, device);
  if (csr.extensions.length > 0) throw refused("A device's certificate carries its name and nothing else.");
  return csr.publicKey;
}

/** @throws EnrolRefusal `csr-not-acceptable` that names the first name it may not have */
export async function demandLanCsr(
  pem: string,
  { device, lanNames, constraints }: Wanted,
): Promise<{ publicKey: KeyObject; dns: string[]; ips: string[] }> {
  const csr = await demandOwnCsr(pem, device);
  const dns = [...new Set(csr.dns.map((name) => name.toLowerCase()))].sort();
  const ips = [...new Set(csr.ips)].sort();
  const allowed = new Set([`${device}.local`, ...lanNames]);
  const foreign = dns.find((name) => !allowed.has(name));
  if (foreign !== undefined) {
    throw refused(
      `${foreign} is not a name of ${device}; an operator can allow it with \`rockpool-fleet device names\`.`,
    );
  }
  const outside =
    dns.find((name) => !permits(constraints, { dns: [name], ips: [] })) ??
    ips.find((ip) => !permits(constraints, { dns: [], ips: [ip] }));
  if (outside !== undefined) {
    throw refused(
      `This fleet's LAN authority can't vouch for ${outside}: it is outside of the names and networks that it was made for.`,
    );
  }
  if (csr.otherNames.length > 0)
    throw refused('The request asks for names that are no host names or addresses.');
  if (dns.length === 0 || dns.length + ips.length > mostNames) {
    throw refused(`A chat page has at least one name, and at most ${mostNames} names and addresses.`);
  }
  return { publicKey: csr.publicKey, dns, ips };
}

async function demandOwnCsr(pem: string, device: string): Promise<Csr> {
  const csr = await readCsr(pem).catch((cause: unknown) => {
    if (cause instanceof CertificateError)
      throw refused(`The certificate request is ${cause.message}.`, cause);
    throw cause;
  });
  if (csr.cn !== device)
    throw refused(`The certificate request is for ${csr.cn ?? 'something else'}, not for ${device}.`);
  if (csr.wantsAuthority) throw refused('A device may not ask to sign certificates.');
  const odd = csr.extensions.find((extension) => extension !== alternativeNames);
  if (odd !== undefined) throw refused(`The certificate request asks for more than names (${odd}).`);
  return csr;
}

const refused = (why: string, cause?: unknown): EnrolRefusal =>
  new EnrolRefusal('csr-not-acceptable', why.slice(0, 900), { cause });
