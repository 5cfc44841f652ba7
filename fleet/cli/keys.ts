/** `keys`: the private keys of the controller, as they lie on its disk. */
import { existsSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { record } from '../audit/audit.ts';
import { createSecrets, secretsFile } from '../authority/authority.ts';
import { isSealed, saveSecrets, sealSecrets } from '../authority/secrets-file.ts';
import { roles } from '../releases/roles.ts';
import { transact } from '../store/transaction.ts';
import { type Doing, define, type Kit } from './command.ts';
import { choosePassphrase, findPassphrase, firstLine } from './passphrase.ts';
import { addReleaseKeys, createReleaseKey } from './release-keys.ts';

export function addKeys(program: Command, kit: Kit): void {
  const keys = program
    .command('keys')
    .description('the private keys of the controller, and those that sign releases');
  addReleaseKeys(keys, kit);
  define(keys, kit, {
    usage: 'create [file]',
    summary:
      'make the keys of a new fleet, for several controllers that share them: `serve --keys`; or with --role a key that signs releases',
    options: [
      ['--role <role>', `of the releases' repository: ${roles.join(', ')}`],
      ['--out <file>', 'of that key (default for snapshot and timestamp: keys/ROLE.key of the repository)'],
      ['--repository <folder>', 'of the releases (default: releases in the home)'],
      ['--passphrase-file <file>', 'whose first line seals them'],
      ['--insecure-keys', 'with --role: leave it unsealed, to try things out'],
    ],
    given: z.object({
      role: z.enum(roles, `--role is one of ${roles.join(', ')}.`).optional(),
      out: z.string().optional(),
      repository: z.string().optional(),
      passphraseFile: z.string().optional(),
      insecureKeys: z.boolean().default(false),
    }),
    examples: [
      'rockpool-fleet keys create keys.json --passphrase-file passphrase',
      'rockpool-fleet keys create --role root --out /media/stick/root-ada.key',
      'rockpool-fleet keys create --role timestamp',
    ],
    async run(doing, [file], { role, ...options }) {
      if (role !== undefined) return createReleaseKey(doing, role, { ...options, out: options.out ?? file });
      await createFleetKeys(doing, file ?? options.out, options);
    },
  });
  define(keys, kit, {
    usage: 'seal',
    summary: 'put them under a passphrase, or under another one',
    options: [
      ['--passphrase-file <file>', 'whose first line opens them now'],
      ['--new-passphrase-file <file>', 'whose first line opens them from now on'],
    ],
    given: z.object({ passphraseFile: z.string().optional(), newPassphraseFile: z.string().optional() }),
    examples: [
      'rockpool-fleet keys seal',
      'rockpool-fleet keys seal --new-passphrase-file /run/secrets/fleet',
    ],
    async run({ home, db, clock, out, streams, who }, _, { passphraseFile, newPassphraseFile }) {
      const path = secretsFile(home);
      if (!existsSync(path))
        throw new Refusal(
          'not-found',
          `There are no keys in ${home}; the first \`rockpool-fleet serve\` makes them.`,
        );
      const wish = { file: passphraseFile, hasKeys: true, isSealed: isSealed(path), insecure: false };
      const before = await findPassphrase(streams, wish);
      const given = newPassphraseFile === undefined ? undefined : firstLine(newPassphraseFile);
      sealSecrets(path, { before, after: await choosePassphrase(streams, given) });
      await transact(await db(), (tx) =>
        record(tx, { at: clock.now(), who, action: 'keys-seal', subject: 'controller' }),
      );
      out.result({ sealed: true }, () => [
        'The keys are sealed. Copies that were made before are not: delete them.',
      ]);
    },
  });
}

async function createFleetKeys(
  { out, streams }: Doing,
  file: string | undefined,
  { passphraseFile }: { passphraseFile?: string | undefined },
): Promise<void> {
  if (file === undefined) throw new Refusal('bad-request', 'Name the file that the keys go to.');
  if (existsSync(file))
    throw new Refusal('conflict', `${file} is there already; a key is never written over another.`);
  const wish = { file: passphraseFile, hasKeys: false, isSealed: false, insecure: false };
  saveSecrets(file, createSecrets(), await findPassphrase(streams, wish));
  out.note('Whoever has this file and its passphrase is the controller: keep a copy of both, apart.');
  out.result({ file }, () => [`${file} holds the keys of a new fleet, sealed.`]);
}
