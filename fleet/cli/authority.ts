/** `ca`, `escrow` and `audit`: what an operator hands on, keeps apart, and looks back at. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { Refusal } from '@rockpool/protocol/refusal';
import { readNameConstraints } from '@rockpool/signing/x509';
import { readDates } from '@rockpool/signing/x509-chain';
import type { Command } from 'commander';
import { z } from 'zod';
import { findBreak, listAudit } from '../audit/audit.ts';
import { loadFacts } from '../authority/facts.ts';
import { exportEscrow, forgetEscrows, listEscrows } from '../enrolment/escrow.ts';
import { writeNewFile } from '../host/files.ts';
import { type Doing, define, type Kit } from './command.ts';
import { table, time } from './output.ts';

const Root = z.enum(['lan', 'fleet'], { error: 'There are two roots: lan and fleet.' });

async function rootOf({ db }: Doing, which: string): Promise<string> {
  const parsed = Root.safeParse(which);
  if (!parsed.success) throw new Refusal('bad-request', parsed.error.issues[0]?.message ?? '');
  const pem = (await loadFacts(await db()))[parsed.data === 'lan' ? 'lan-ca' : 'fleet-ca'];
  if (!pem)
    throw new Refusal(
      'conflict',
      'This controller was never started; run `rockpool-fleet serve` once first.',
    );
  return pem;
}

export function addCa(program: Command, kit: Kit): void {
  const ca = program
    .command('ca')
    .description('the two roots: `lan`, which people install, and `fleet`, which devices know');
  define(ca, kit, {
    usage: 'show <root>',
    summary: 'what a root may vouch for, until when, and its fingerprint',
    given: z.object({}),
    examples: ['rockpool-fleet ca show lan', 'rockpool-fleet ca show fleet --json'],
    async run(doing, [which = '']) {
      const pem = await rootOf(doing, which);
      const { from, to, sha256 } = readDates(pem);
      const constraints = readNameConstraints(pem);
      const name = new X509Certificate(pem).subject.replace(/^CN=/, '');
      doing.out.result({ name, from, to, sha256, constraints: constraints ?? null }, () =>
        table([
          ['name', name],
          ['in force', `${time(from.getTime())} to ${time(to.getTime())}`],
          ['SHA-256', sha256],
          [
            'may vouch for',
            constraints
              ? [...constraints.dns, ...constraints.networks].join(' ')
              : 'devices and this controller',
          ],
        ]),
      );
    },
  });
  define(ca, kit, {
    usage: 'export <root>',
    summary: 'a root as PEM',
    given: z.object({}),
    examples: ['rockpool-fleet ca export lan > rockpool-lan.crt'],
    async run(doing, [which = '']) {
      const pem = await rootOf(doing, which);
      doing.out.result({ pem }, () => [pem.trimEnd()]);
    },
  });
}

export function addEscrow(program: Command, kit: Kit): void {
  const escrow = program
    .command('escrow')
    .description('sealed copies of disk headers, which only your own key opens');
  define(escrow, kit, {
    usage: 'create <file>',
    summary:
      'make the key pair, on a machine of yours that is not the controller; its private half goes to the file',
    given: z.object({}),
    examples: ['rockpool-fleet escrow create escrow.key'],
    async run({ out }, [file = '']) {
      const { privateKey } = generateKeyPairSync('x25519');
      const { d, x } = privateKey.export({ format: 'jwk' });
      const content = { version: 1, kind: 'rockpool-escrow', privateKey: base64(d), publicKey: base64(x) };
      writeKeyFile(file, content);
      out.note(
        `${file} opens every header that is sealed for it: keep it where the controller is not, and a copy elsewhere.`,
      );
      out.result({ publicKey: content.publicKey, file }, () => [
        'For provisioning.toml:',
        '[escrow]',
        `public_key = "${content.publicKey}"`,
      ]);
    },
  });
  define(escrow, kit, {
    usage: 'list <device>',
    summary: 'the sealed headers that a device left here, newest first',
    given: z.object({}),
    examples: ['rockpool-fleet escrow list leeds'],
    async run({ db, out }, [device = '']) {
      const escrows = await listEscrows(await db(), device);
      out.result({ escrows }, () =>
        table(escrows.map((one) => [time(one.at), one.kind, one.digest, `${one.bytes} bytes`])),
      );
    },
  });
  define(escrow, kit, {
    usage: 'export <device> <file>',
    summary: 'the newest sealed header, or the one whose digest begins so, as it was sent',
    options: [['--digest <hex>', 'which one']],
    given: z.object({
      digest: z
        .string()
        .regex(/^[0-9a-f]{4,64}$/, 'A digest is 4 to 64 hex digits.')
        .optional(),
    }),
    examples: ['rockpool-fleet escrow export leeds leeds.sealed'],
    async run({ db, out }, [device = '', file = ''], { digest }) {
      const found = await exportEscrow(await db(), device, digest);
      writeNewFile(file, found.sealed);
      out.result({ digest: found.digest, file }, () => [
        `${file} holds it, sealed; the digest of what is inside is ${found.digest}.`,
        `Where the escrow key is, open it: rockpool-provision escrow open ${file} --key escrow.key --out ${device}.header`,
      ]);
    },
  });
  define(escrow, kit, {
    usage: 'forget <device>',
    summary: 'the sealed headers of a device that left, for good',
    options: [['--old', 'only those that a newer one replaced: after a recovery key was seen, and replaced']],
    given: z.object({ old: z.boolean().default(false) }),
    examples: ['rockpool-fleet escrow forget leeds --old', 'rockpool-fleet escrow forget leeds'],
    async run({ db, clock, out, who }, [device = ''], { old }) {
      const copies = await forgetEscrows(await db(), clock, { device, which: old ? 'old' : 'all', who });
      out.note('What was exported, and backups of this controller, hold theirs still.');
      out.result({ device, copies }, () => [
        `${copies} sealed ${copies === 1 ? 'header' : 'headers'} of ${device} forgotten.`,
      ]);
    },
  });
}

const base64 = (url: string | undefined): string => Buffer.from(url ?? '', 'base64url').toString('base64');

function writeKeyFile(file: string, content: object): void {
  try {
    writeNewFile(file, `${JSON.stringify(content)}\n`);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new Refusal('conflict', `${file} is there already; a key is never written over another.`, {
      cause,
    });
  }
}

export function addAudit(program: Command, kit: Kit): void {
  const audit = program.command('audit').description('who did what to the fleet');
  define(audit, kit, {
    usage: 'show',
    summary: 'the newest deeds',
    options: [['--limit <count>', 'how many (default: 50)']],
    given: z.object({ limit: z.coerce.number().int().min(1).max(100_000).default(50) }),
    examples: ['rockpool-fleet audit show --limit 20', 'rockpool-fleet audit show --json'],
    async run({ db, out }, _, { limit }) {
      const rows = await listAudit(await db(), limit);
      const deeds = rows.map(({ detail, ...row }) => ({ ...row, detail: JSON.parse(detail) as unknown }));
      out.result({ deeds }, () =>
        table(
          rows.map((row) => [String(row.seq), time(row.at), row.who, row.action, row.subject, row.detail]),
        ),
      );
    },
  });
  define(audit, kit, {
    usage: 'verify',
    summary: 'whether every deed still stands as it was written',
    given: z.object({}),
    examples: ['rockpool-fleet audit verify'],
    async run({ db, out }) {
      const broken = await findBreak(await db());
      if (broken !== undefined)
        throw new Refusal('failed', `Deed ${broken} was changed, or one before it is missing.`);
      out.result({ whole: true }, () => ['Every deed stands as it was written.']);
    },
  });
}
