/** What a device and its controller say to each other so that the device becomes one of the fleet, and stays so. */
import { z } from 'zod';
import { ClaimCode } from './claim.ts';

/** A device's name is a DNS label, the CN of its certificate, its MQTT client id and a level of its topics. */
export const DeviceName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'a name has 1 to 63 letters a–z, digits and inner dashes')
  .refine((name) => !reservedNames.has(name), 'this name is taken by the fleet itself')
  .brand<'DeviceName'>();
export type DeviceName = z.infer<typeof DeviceName>;

const reservedNames: ReadonlySet<string> = new Set([
  'controller',
  'ctl',
  'fleet',
  'localhost',
  'broadcast',
  'all',
  'admin',
]);

const Pem = z.string().max(16_384).startsWith('-----BEGIN ');
/** 32 bytes. */
const PublicKey = z.base64().length(44);
/** 64 bytes. */
const Signature = z.base64().length(88);
/** 32 random bytes of the controller, good once and for two minutes; makes a proof fresh without anybody's clock. */
const Nonce = z.base64().length(44);

/** `POST /v1/nonce` → before every request that carries a proof. */
export const NonceAnswer = z.strictObject({ nonce: Nonce });

const asked = {
  version: z.literal(1),
  device: DeviceName,
  nonce: Nonce,
  /** PKCS #10 over a P-256 key that never leaves the device; CN = device. */
  deviceCsr: Pem,
  /** PKCS #10 for the chat page, SAN = NAME.local, other names of the operator's, and addresses. Left out with a certificate from elsewhere. */
  lanCsr: Pem.optional(),
};

/** `POST /v1/enrol`. Repeated with the same claim and identity it gives the same device again: the answer may have been lost. */
export const EnrolRequest = z.strictObject({
  ...asked,
  claim: ClaimCode,
  identity: PublicKey.describe("the device's Ed25519 public key"),
  proof: Signature.describe("by the identity, over 'rockpool/enrol/v1' and the canonical bytes of the rest"),
});
export type EnrolRequest = z.infer<typeof EnrolRequest>;

/** `POST /v1/renew`. The identity is proof enough: a device whose certificate ended comes back without a visit. */
export const RenewRequest = z.strictObject({
  ...asked,
  proof: Signature.describe("by the identity, over 'rockpool/renew/v1' and the canonical bytes of the rest"),
});
export type RenewRequest = z.infer<typeof RenewRequest>;

/** The answer to both. */
export const Enrolled = z.strictObject({
  version: z.literal(1),
  device: DeviceName,
  /** Leaf first, without the root. */
  deviceChain: z.array(Pem).min(1).max(4),
  lanChain: z.array(Pem).min(1).max(4).optional(),
  /** Roots: the one that signs devices and the controller's own listeners, and the name-constrained one that people install. */
  fleetCa: Pem,
  lanCa: Pem.optional(),
  /** Keys that may sign commands for this device, Ed25519. */
  commandKeys: z.array(z.strictObject({ id: z.string().max(64), key: PublicKey })).max(8),
  /** Where its MQTT broker is; left out while the controller has none. */
  broker: z.url({ protocol: /^mqtts$/ }).optional(),
  /** The TUF root that releases are signed under, as it lies in the repository. A device believes the first that it is told. */
  updateRoot: z.string().max(32_768).optional(),
});
export type Enrolled = z.infer<typeof Enrolled>;

/** `POST /v1/escrow`: what the operator may need to save a disk, sealed for the operator's escrow key, opaque to the controller. */
export const EscrowRequest = z.strictObject({
  version: z.literal(1),
  device: DeviceName,
  nonce: Nonce,
  kind: z.enum(['luks-header']),
  /** For finding the right one again: sha256 of the plain bytes, in hex. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** An ephemeral X25519 public key (32 bytes), a nonce (24) and the box (NaCl `box`) of the gzipped bytes. */
  sealed: z.base64().max(24 * 1024 * 1024),
  proof: Signature.describe("by the identity, over 'rockpool/escrow/v1' and the canonical bytes of the rest"),
});
export type EscrowRequest = z.infer<typeof EscrowRequest>;

/** The answer to it: what is kept now, so that a device can say so on its receipt. */
export const Escrowed = z.strictObject({
  version: z.literal(1),
  kind: z.enum(['luks-header']),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});
export type Escrowed = z.infer<typeof Escrowed>;

/** What each proof is signed for, so that none can be used as another; `signing` puts it before the canonical bytes. */
export const proofDomains = {
  enrol: 'rockpool/enrol/v1',
  renew: 'rockpool/renew/v1',
  escrow: 'rockpool/escrow/v1',
} as const;

/** Why a controller refuses a device: closed, so that the setup page can say it in its reader's language. */
export const enrolRefusals = {
  'claim-unknown': 403,
  'claim-used': 403,
  'claim-expired': 403,
  'claim-revoked': 403,
  'device-revoked': 403,
  'device-unknown': 404,
  'name-taken': 409,
  'name-not-allowed': 400,
  'csr-not-acceptable': 400,
  'proof-wrong': 403,
  'nonce-unknown': 409,
  'bad-request': 400,
  'too-large': 413,
  'too-many-requests': 429,
  failed: 500,
} as const;
export const EnrolRefusalCode = z.enum(
  Object.keys(enrolRefusals) as [keyof typeof enrolRefusals, ...(keyof typeof enrolRefusals)[]],
);
export type EnrolRefusalCode = z.infer<typeof EnrolRefusalCode>;

export const EnrolRefused = z.strictObject({
  error: z.strictObject({ code: EnrolRefusalCode, message: z.string().max(1_000) }),
});
