/** `broker`: what an MQTT broker that you run yourself needs of this fleet: a certificate, the root, and who is put out. */
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { createKeyPairP256, keyToPem } from '@rockpool/signing/x509';
import type { Command } from 'commander';
import { z } from 'zod';
import { record } from '../audit/audit.ts';
import { type FleetAuthority, openAuthority, secretsFile } from '../authority/authority.ts';
import { hasSecrets, isSealed } from '../authority/secrets-file.ts';
import { writeFileAtomically } from '../host/files.ts';
import { listRevoked } from '../registry/devices.ts';
import { transact } from '../store/transaction.ts';
import { type Doing, define, type Kit } from './command.ts';
import { time } from './output.ts';
import { findPassphrase } from './passphrase.ts';

/** A broker with an older list lets nobody in: longer than anyone is on holiday. */
const listDays = 30;

const keyOptions = [
  ['--keys <file>', 'where the keys lie that several controllers share'],
  ['--passphrase-file <file>', 'whose first line opens them'],
] as const;
const Keys = z.object({ keys: z.string().optional(), passphraseFile: z.string().optional() });

export function addBroker(program: Command, kit: Kit): void {
  const broker = program.command('broker').description('what an MQTT broker of yours needs of this fleet');
  define(broker, kit, {
    usage: 'issue <folder>',
    summary: 'ca.pem, broker.pem, broker.key and crl.pem, for the configuration in fleet/deploy/mosquitto',
    options: [
      ['--name <name>...', 'by which devices and controllers reach it; may be repeated'],
      ...keyOptions,
    ],
    given: Keys.extend({ name: z.array(z.string(), { error: 'Say by which --name it is reached.' }).min(1) }),
    examples: [
      'rockpool-fleet broker issue fleet/deploy/mosquitto --name mqtt.example.com --name mosquitto',
      'rockpool-fleet broker issue /etc/mosquitto/fleet --name mqtt.example.com --passphrase-file /run/secrets/fleet',
    ],
    async run(doing, [folder = ''], { name: names, ...given }) {
      const authority = await openKeys(doing, given);
      const keys = createKeyPairP256();
      const issued = await authority.issueBroker(keys.publicKey, names);
      const list = await revocationList(doing, authority);
      // Renewed as often as one likes; the key before opens nothing any more once the broker has read these.
      writeFileAtomically(join(folder, 'broker.key'), keyToPem(keys.privateKey));
      for (const [file, content] of Object.entries({
        ...{ 'ca.pem': authority.fleetCa, 'broker.pem': issued.pem, 'crl.pem': list },
      }))
        writeOpen(join(folder, file), content);
      await transact(await doing.db(), (tx) =>
        record(tx, {
          ...{ at: doing.clock.now(), who: doing.who, action: 'broker-issue', subject: 'broker' },
          detail: { names: names.join(' '), serial: issued.serial },
        }),
      );
      doing.out.note('broker.key is readable for you alone: give it to the user that the broker runs as.');
      doing.out.result({ folder, names, serial: issued.serial, until: issued.expiresAt }, () => [
        `${folder} holds what a broker needs, until ${time(issued.expiresAt)}; run this again before.`,
        'After that, and whenever these files change: send it SIGHUP.',
      ]);
    },
  });
  define(broker, kit, {
    usage: 'revoked <file>',
    summary: `crl.pem alone, anew: after each revocation, and within ${listDays} days in any case`,
    options: keyOptions,
    given: Keys,
    examples: ['rockpool-fleet broker revoked fleet/deploy/mosquitto/crl.pem --passphrase-file passphrase'],
    async run(doing, [file = ''], given) {
      writeOpen(file, await revocationList(doing, await openKeys(doing, given)));
      doing.out.result({ file, days: listDays }, () => [
        `${file} is good for ${listDays} days. Send the broker SIGHUP.`,
      ]);
    },
  });
}

async function openKeys(
  { home, db, clock, streams }: Doing,
  { keys, passphraseFile: file }: z.infer<typeof Keys>,
): Promise<FleetAuthority> {
  const path = keys ?? secretsFile(home);
  const hasKeys = hasSecrets(path);
  const passphrase = await findPassphrase(streams, {
    ...{ file, hasKeys, isSealed: hasKeys && isSealed(path), insecure: true },
  });
  return openAuthority({
    home,
    keys: path,
    db: await db(),
    clock,
    name: '',
    passphrase,
    constraints: undefined,
  });
}

async function revocationList({ db, clock }: Doing, authority: FleetAuthority): Promise<string> {
  const revoked = await listRevoked(await db(), clock);
  return authority.revocationList(
    revoked.filter(({ kind }) => kind === 'device'),
    listDays,
  );
}

/** For the broker to read, whatever user it runs as: nothing of it is secret. */
function writeOpen(file: string, content: string): void {
  writeFileAtomically(file, content);
  chmodSync(file, 0o644);
}
