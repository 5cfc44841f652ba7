/** `provisioning.toml`: what the factory or the technician decided for a device. It holds no secret. */
import { ClaimFile } from '@rockpool/protocol/claim';
import { DeviceName } from '@rockpool/protocol/enrolment';
import { Refusal } from '@rockpool/protocol/refusal';
import { isSetupCodeHash } from '@rockpool/signing/setup-code';
import { parse, TomlError } from 'smol-toml';
import { z } from 'zod';

const hostName = z
  .string()
  .max(253)
  .regex(
    /^(?=.*[a-z])[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/i,
    'must be a host name',
  );
const httpsUrl = z.url({ protocol: /^https$/, error: 'must be an https:// address' });
const path = z.string().regex(/^\/[^\0\s]*$/, 'must be an absolute path without spaces');
/** What `PARTLABEL=`, `PARTUUID=` and paths name; never a pattern that several could fit. */
const device = z
  .string()
  .regex(
    /^(?:PARTLABEL=[\w.-]{1,36}|PARTUUID=[0-9a-f-]{8,36}|\/dev\/[\w./-]+)$/,
    'must be PARTLABEL=…, PARTUUID=… or a path under /dev',
  )
  .refine((value) => !value.includes('..'), 'must not climb out of /dev');
const pcrs = z.array(z.int().min(0).max(23)).max(8);

const Disk = z
  .strictObject({
    data: device.default('PARTLABEL=UDA').describe('the partition for everything that people say and add'),
    unlock: z
      .enum(['tpm2', 'passphrase', 'jetson'])
      .default('tpm2')
      .describe('what opens it at boot; there is no key file beside the data'),
    pcrs: pcrs.default([7]).describe('literal PCR values that the TPM demands'),
    signed_pcrs: pcrs
      .default([])
      .describe('PCRs whose values the release key signs, so that updates need no new seal'),
    pcr_public_key: path.optional(),
    erase: z
      .boolean()
      .default(false)
      .describe('a disk that holds something else is refused unless this is true'),
  })
  .refine((disk) => disk.signed_pcrs.length === 0 || disk.pcr_public_key !== undefined, {
    path: ['pcr_public_key'],
    message: 'is needed with signed_pcrs: the public half of the key that signs releases',
  })
  .refine((disk) => disk.unlock !== 'tpm2' || disk.pcrs.length + disk.signed_pcrs.length > 0, {
    path: ['pcrs'],
    message:
      'must name a PCR, or signed_pcrs must: a seal without a policy opens for any system on this board',
  });

const Acme = z
  .strictObject({
    directory: httpsUrl,
    root: path
      .optional()
      .describe('PEM of the root that vouches for the directory’s own address, inside a company'),
    email: z.email().optional(),
    challenge: z.enum(['http-01', 'dns-01']).default('http-01'),
    rfc2136: z
      .strictObject({
        server: z.string().regex(/^[\w.:[\]-]{1,253}$/, 'must be a host name or address'),
        zone: hostName,
        key: z
          .literal('acme-tsig-key', {
            error: 'must be "acme-tsig-key", which `rockpool-provision tsig-key` seals',
          })
          .default('acme-tsig-key')
          .describe('the credential that holds the TSIG key'),
      })
      .optional(),
  })
  .refine((acme) => acme.challenge !== 'dns-01' || acme.rfc2136 !== undefined, {
    path: ['rfc2136'],
    message: 'is needed for dns-01: server, zone and the credential with the TSIG key',
  });

const Tls = z
  .strictObject({
    mode: z.enum(['fleet', 'own', 'acme']).default('fleet').describe('who vouches for the chat page'),
    names: z
      .array(hostName.toLowerCase())
      .max(16)
      .default([])
      .describe('besides NAME.local and the addresses'),
    acme: Acme.optional(),
  })
  .refine((tls) => tls.mode !== 'acme' || tls.acme !== undefined, {
    path: ['acme'],
    message: 'is needed with mode = "acme": the directory and the challenge',
  })
  .refine((tls) => tls.mode !== 'acme' || tls.names.length > 0, {
    path: ['names'],
    message: 'must name the public domain that the certificate is for',
  });

const Network = z.strictObject({
  firewall: z.boolean().default(true),
  nginx: z.boolean().default(false).describe('puts nginx in front of the agent; its package has to be there'),
  interface: z
    .string()
    .regex(/^[\w.-]{1,15}$/)
    .optional()
    .describe('people come in through this one only'),
  controller_hosts: z
    .array(z.string().min(1).max(253))
    .max(8)
    .default([])
    .describe('besides the controller’s own'),
  ntp: z.array(z.string().min(1).max(253)).max(8).default([]),
});

const Provisioning = z
  .strictObject({
    version: z.literal(1, { error: 'must be 1, the only version there is' }),
    name: DeviceName.optional(),
    setup: z
      .strictObject({
        code_hash: z
          .string()
          .refine(isSetupCodeHash, 'must be what `rockpool-provision code` prints for the label’s code')
          .optional(),
      })
      .prefault({}),
    disk: Disk.prefault({}),
    controller: z
      .strictObject({ url: httpsUrl, pin: ClaimFile.shape.pin })
      .optional()
      .describe('left out: a device without a fleet, or one whose claim names its controller'),
    escrow: z
      .strictObject({
        public_key: z.base64().length(44, 'must be the 32 bytes of an X25519 public key in base64'),
      })
      .optional(),
    tls: Tls.prefault({}),
    network: Network.prefault({}),
    fleet: z.boolean().default(true).describe('false: this device never asks for a claim'),
  })
  .refine((all) => all.tls.mode !== 'fleet' || all.fleet, {
    path: ['tls', 'mode'],
    message: 'must be "own" or "acme" for a device without a fleet',
  })
  .refine((all) => all.escrow === undefined || all.fleet, {
    path: ['escrow'],
    message: 'needs a fleet, for the controller keeps what is escrowed',
  });
export type Config = z.infer<typeof Provisioning>;

/**
 * @param file its name, for the sentence
 * @throws Refusal `bad-request` that names the file, the line, the key and what it takes
 */
export function parseConfig(text: string, file = 'provisioning.toml'): Config {
  const parsed = Provisioning.safeParse(parseToml(text, file));
  if (parsed.success) return parsed.data;
  throw new Refusal(
    'bad-request',
    parsed.error.issues.map((issue) => sentence(issue, text, file)).join('\n'),
  );
}

function parseToml(text: string, file: string): unknown {
  try {
    return parse(text);
  } catch (cause) {
    if (!(cause instanceof TomlError)) throw cause;
    const why = cause.message.split('\n', 1)[0]?.replace(/^Invalid TOML document: /, '');
    throw new Refusal('bad-request', `${file}:${cause.line}: ${why}. Correct this line.`, { cause });
  }
}

function sentence(issue: z.core.$ZodIssue, text: string, file: string): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const keys = [...issue.path.filter((part) => typeof part === 'string'), ...(unknown ? [unknown] : [])];
  const place = `${file}:${lineOf(text, keys)}: ${keys.join('.') || 'the file'}`;
  if (unknown) return `${place} is no setting; remove it, or look at the example for how it is spelled.`;
  if (issue.code === 'invalid_value' && issue.message.startsWith('Invalid option')) {
    return `${place} must be one of ${issue.values.map((value) => JSON.stringify(value)).join(', ')}.`;
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined'))
    return `${place} is missing; it must be a ${issue.expected}.`;
  return `${place} ${issue.message.replace(/^Invalid input: expected (\w+).*/, 'must be a $1').replace(/\.$/, '')}.`;
}

/** Where a key stands, or the last table above it that is there: TOML's own parser doesn't say. */
export function lineOf(text: string, keys: readonly string[]): number {
  let found = 1;
  let depth = 0;
  let table: string[] = [];
  text.split('\n').forEach((line, index) => {
    const header = /^\s*\[\[?\s*([^\]]+?)\s*\]\]?/.exec(line)?.[1];
    const key = /^\s*([\w."'-]+)\s*=/.exec(line)?.[1];
    if (header) table = names(header);
    if (!header && !key) return;
    const here = key ? [...table, ...names(key)] : table;
    const shared = here.every((name, i) => name === keys[i]) ? here.length : 0;
    if (shared > depth) [found, depth] = [index + 1, shared];
  });
  return found;
}

const names = (dotted: string): string[] =>
  dotted.split('.').map((name) => name.trim().replace(/^["']|["']$/g, ''));
