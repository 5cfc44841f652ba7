/** Driver for @peculiar/x509: certificate requests and certificates, P-256 with SHA-256 and nothing else. */
import 'reflect-metadata'; // the library's decorators need it before they run
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  Extension,
  type JsonGeneralName,
  KeyUsageFlags,
  KeyUsagesExtension,
  Name,
  PemConverter,
  Pkcs10CertificateRequest,
  Pkcs10CertificateRequestGenerator,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
  X509CrlGenerator,
} from '@peculiar/x509';
import {
  decodeNameConstraints,
  encodeNameConstraints,
  type NameConstraints,
} from './x509-name-constraints.ts';

export interface KeyPair {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

/** Who signs certificates. The key is held in memory only while there is something to sign. */
export interface Authority {
  /** Its own certificate, PEM. */
  certificate: string;
  privateKey: KeyObject;
}

/** What a request for a certificate asks, after its signature was found right; nothing of it is granted yet. */
export interface Csr {
  /** Undefined when the subject is anything but one common name. */
  cn: string | undefined;
  dns: readonly string[];
  ips: readonly string[];
  /** Kinds of names other than these two that it asks for: addresses of mail, URIs. */
  otherNames: readonly string[];
  /** It asks to sign others. */
  wantsAuthority: boolean;
  /** Object identifiers of all the extensions it asks for. */
  extensions: readonly string[];
  publicKey: KeyObject;
}

/** What was given is no request or certificate of the kind that we make. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;
/** A device that lags by this much still finds its new certificate in force. */
const backdatedMs = 3_600_000;

/** Made where it is used; a private key of ours never crosses a wire. */
export const createKeyPairP256 = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

export const keyToPem = (key: KeyObject): string => String(key.export({ type: 'pkcs8', format: 'pem' }));

/** @throws CertificateError when it is no P-256 private key */
export function keyPairFromPem(pem: string): KeyPair {
  const privateKey = readable('a private key', () => createPrivateKey(pem));
  demandP256(privateKey);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

/** PKCS #10, PEM. `dns` and `ips` become its alternative names; without any it has none. */
export async function makeCsr(
  keys: KeyPair,
  { cn, dns = [], ips = [] }: { cn: string; dns?: readonly string[]; ips?: readonly string[] },
): Promise<string> {
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: subject(cn),
    keys: webKeys(keys),
    signingAlgorithm: ecdsa,
    extensions: dns.length + ips.length === 0 ? [] : [alternativeNames(dns, ips)],
  });
  return `${request.toString('pem')}\n`;
}

/**
 * Reads a request that came from outside, and checks that its sender holds the key.
 * @throws CertificateError when it can't be read, is not for a P-256 key, or is not signed by that key
 */
export async function readCsr(pem: string): Promise<Csr> {
  const request = readable('a certificate request', () => new Pkcs10CertificateRequest(onlyBlock(pem)));
  const publicKey = readable('a public key', () =>
    createPublicKey({ key: Buffer.from(request.publicKey.rawData), format: 'der', type: 'spki' }),
  );
  demandP256(publicKey);
  if (!(await request.verify().catch(() => false))) {
    throw new CertificateError('the request is not signed by the key it is for');
  }
  return readable('a certificate request', () => ({ ...asked(request), publicKey }));
}

function asked(request: Pkcs10CertificateRequest): Omit<Csr, 'publicKey'> {
  // The library's own kind of array would go on into what is made of it.
  const extensions = Array.from(request.extensions);
  const names = extensions
    .filter((extension) => extension instanceof SubjectAlternativeNameExtension)
    .flatMap(namesOf);
  return {
    cn: onlyCommonName(request),
    dns: names.filter(({ type }) => type === 'dns').map(({ value }) => value),
    ips: names.filter(({ type }) => type === 'ip').map(({ value }) => value),
    otherNames: names.map(({ type }) => String(type)).filter((type) => type !== 'dns' && type !== 'ip'),
    wantsAuthority: extensions.some(
      (extension) => extension instanceof BasicConstraintsExtension && extension.ca,
    ),
    extensions: extensions.map(({ type }) => type),
  };
}

/** @throws CertificateError when it holds a kind of name that the library passes over in silence */
function namesOf(extension: SubjectAlternativeNameExtension): JsonGeneralName[] {
  const names = Array.from(extension.names.items, (name) => name.toJSON());
  const rewritten = new SubjectAlternativeNameExtension(names).value;
  if (!Buffer.from(rewritten).equals(Buffer.from(extension.value))) {
    throw new CertificateError('names of a kind that is not understood');
  }
  return names;
}

function onlyCommonName({ subjectName }: Pkcs10CertificateRequest): string | undefined {
  const parts = subjectName.toJSON();
  const [only] = parts;
  const [cn] = only?.['CN'] ?? [];
  return parts.length === 1 && only && Object.keys(only).length === 1 && only['CN']?.length === 1
    ? cn
    : undefined;
}

/** A root that signs leaves and no further authorities. With `constraints`, one that people can install without giving it the web. */
export async function createAuthority({
  name,
  years,
  at,
  keys = createKeyPairP256(),
  constraints,
}: {
  name: string;
  years: number;
  at: Date;
  keys?: KeyPair;
  constraints?: NameConstraints;
}): Promise<Authority> {
  const { publicKey, privateKey } = webKeys(keys);
  const certificate = await X509CertificateGenerator.create({
    serialNumber: createSerial(),
    subject: subject(name),
    issuer: subject(name),
    notBefore: new Date(at.getTime() - backdatedMs),
    notAfter: new Date(at.getTime() + years * 365 * dayMs),
    publicKey,
    signingKey: privateKey,
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(publicKey),
      ...(constraints
        ? [
            new Extension(nameConstraints, true, new Uint8Array(encodeNameConstraints(constraints))),
            // Web servers only: it can't vouch for mail, programs or people.
            new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
          ]
        : []),
    ],
  });
  return { certificate: `${certificate.toString('pem')}\n`, privateKey: keys.privateKey };
}

export interface Issue {
  cn: string;
  dns?: readonly string[];
  ips?: readonly string[];
  days: number;
  /** `server` shows itself to whoever connects; `client` to whom it connects. */
  usages: readonly ('server' | 'client')[];
  at: Date;
  /** Hex, from `createSerial`; given when it has to be written down before the certificate exists. */
  serial?: string;
}

/** Signs for a key. What the certificate says comes from the caller alone, never from a request. */
export async function issue(
  authority: Authority,
  publicKey: KeyObject,
  { cn, dns = [], ips = [], days, usages, at, serial = createSerial() }: Issue,
): Promise<string> {
  demandP256(publicKey);
  const root = readable('a certificate', () => new X509Certificate(onlyBlock(authority.certificate)));
  const webKey = webKeyOf(publicKey, 'verify');
  const issuerId = root.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (!issuerId) throw new CertificateError('the authority has no key identifier');
  const certificate = await X509CertificateGenerator.create({
    serialNumber: serial,
    subject: subject(cn),
    issuer: root.subjectName,
    notBefore: new Date(at.getTime() - backdatedMs),
    // A leaf that outlives its authority would stop working before its own date.
    notAfter: new Date(Math.min(at.getTime() + days * dayMs, root.notAfter.getTime())),
    publicKey: webKey,
    signingKey: webKeyOf(authority.privateKey, 'sign'),
    signingAlgorithm: ecdsa,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension(usages.map((usage) => usageOids[usage])),
      await SubjectKeyIdentifierExtension.create(webKey),
      new AuthorityKeyIdentifierExtension(issuerId),
      ...(dns.length + ips.length === 0 ? [] : [alternativeNames(dns, ips)]),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

/**
 * The certificates of an authority that no longer hold, for programs that can't ask its registry. Signed for so many days;
 * whoever reads an older one lets nobody in.
 */
export async function makeCrl(
  authority: Authority,
  revoked: readonly { serial: string; at: Date }[],
  { at, days }: { at: Date; days: number },
): Promise<string> {
  const root = readable('a certificate', () => new X509Certificate(onlyBlock(authority.certificate)));
  const issuerId = root.getExtension(SubjectKeyIdentifierExtension)?.keyId;
  if (!issuerId) throw new CertificateError('the authority has no key identifier');
  const crl = await X509CrlGenerator.create({
    issuer: root.subjectName,
    thisUpdate: new Date(at.getTime() - backdatedMs),
    nextUpdate: new Date(at.getTime() + days * dayMs),
    entries: revoked.map(({ serial, at: revocationDate }) => ({ serialNumber: serial, revocationDate })),
    signingKey: webKeyOf(authority.privateKey, 'sign'),
    signingAlgorithm: ecdsa,
    // Larger with every list (RFC 5280 §5.2.3): by when it was made.
    extensions: [new AuthorityKeyIdentifierExtension(issuerId), crlNumber(at.getTime())],
  });
  // The library calls it `CRL`, which nobody else reads.
  return `${PemConverter.encode(crl.rawData, 'X509 CRL')}\n`;
}

/** As a DER integer: no zeros that say nothing, but one before a first bit that would make it negative. */
function crlNumber(value: number): Extension {
  const hex = value.toString(16);
  const digits = hex.padStart(hex.length + (hex.length % 2), '0');
  const body = Buffer.from(Number.parseInt(digits.slice(0, 2), 16) >= 0x80 ? `00${digits}` : digits, 'hex');
  return new Extension('2.5.29.20', false, new Uint8Array([0x02, body.length, ...body]));
}

/** What an authority may vouch for; undefined when nothing binds it. @throws CertificateError when it can't be read */
export function readNameConstraints(pem: string): NameConstraints | undefined {
  return readable('a certificate', () => {
    const extension = new X509Certificate(onlyBlock(pem)).getExtension(nameConstraints);
    return extension ? decodeNameConstraints(new Uint8Array(extension.value)) : undefined;
  });
}

const nameConstraints = '2.5.29.30';
const usageOids = { server: ExtendedKeyUsage.serverAuth, client: ExtendedKeyUsage.clientAuth } as const;

/** 127 random bits in hex, never negative and never zero (RFC 5280 §4.1.2.2). */
export function createSerial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

/** As it is: given a plain text, the library would read a leading `#` as bytes. */
const subject = (cn: string): Name => new Name([{ CN: [{ utf8String: cn }] }]);

const alternativeNames = (dns: readonly string[], ips: readonly string[]): SubjectAlternativeNameExtension =>
  new SubjectAlternativeNameExtension([
    ...dns.map((value): JsonGeneralName => ({ type: 'dns', value })),
    ...ips.map((value): JsonGeneralName => ({ type: 'ip', value })),
  ]);

/** The library speaks WebCrypto as browsers type it, which knows fewer usages than Node's. */
const webKeyOf = (key: KeyObject, usage: 'sign' | 'verify'): CryptoKey =>
  key.toCryptoKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [usage]) as CryptoKey;

const webKeys = ({ publicKey, privateKey }: KeyPair): CryptoKeyPair => ({
  publicKey: webKeyOf(publicKey, 'verify'),
  privateKey: webKeyOf(privateKey, 'sign'),
});

function demandP256(key: KeyObject): void {
  if (key.asymmetricKeyType !== 'ec' || key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new CertificateError('the key is not a P-256 key');
  }
}

/** A second block would be read by some programs and not by others. */
function onlyBlock(pem: string): string {
  const text = pem.trim();
  if (text.split('-----BEGIN ').length !== 2 || !/^-----BEGIN [\s\S]*-----END [A-Z0-9 ]+-----$/.test(text)) {
    throw new CertificateError('not one PEM block');
  }
  return text;
}

function readable<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof CertificateError) throw cause;
    throw new CertificateError(`not ${what} that can be read`, { cause });
  }
}
