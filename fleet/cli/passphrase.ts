/** Where the passphrase of the controller's keys comes from: a credential, a file, the environment, or a person. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Streams } from './output.ts';

const least = 12;

export interface PassphraseWish {
  /** A file that holds it. */
  file?: string | undefined;
  /** The keys lie there already. */
  hasKeys: boolean;
  /** They lie there sealed. */
  isSealed: boolean;
  /** Said by the operator: new keys need no passphrase. */
  insecure: boolean;
  /** Whose it is, where it isn't the controller's. */
  whose?: string;
}

const controllers = "the controller's keys";

/**
 * A service gets it as the systemd credential `fleet-passphrase`; the environment is for containers that have nothing
 * better, since every process of the same user can read it there.
 * @returns null when the keys are, or shall be, readable as they lie
 */
export async function findPassphrase(
  streams: Streams,
  { file, hasKeys, isSealed, insecure, whose = controllers }: PassphraseWish,
): Promise<string | null> {
  if (hasKeys && !isSealed) return null;
  const given = givenPassphrase(streams, file);
  if (hasKeys) return given ?? ask(streams, `Passphrase of ${whose}: `);
  if (given === undefined && insecure) return null;
  return choosePassphrase(streams, given, whose);
}

/** For keys that will be sealed with it. */
export async function choosePassphrase(
  streams: Streams,
  given: string | undefined,
  whose = controllers,
): Promise<string> {
  if (given !== undefined) return demandLong(given);
  const chosen = demandLong(await ask(streams, `Choose a passphrase for ${whose}: `));
  if ((await ask(streams, 'Once more: ')) !== chosen)
    throw new Refusal('bad-request', 'The two are not the same.');
  return chosen;
}

function givenPassphrase(streams: Streams, file: string | undefined): string | undefined {
  const folder = streams.env['CREDENTIALS_DIRECTORY'];
  const credential = folder === undefined ? undefined : join(folder, 'fleet-passphrase');
  return (
    (file === undefined ? undefined : firstLine(file)) ??
    (credential !== undefined && existsSync(credential) ? firstLine(credential) : undefined) ??
    streams.env['ROCKPOOL_FLEET_PASSPHRASE']
  );
}

export const firstLine = (file: string): string => readFileSync(file, 'utf8').split(/\r?\n/)[0] ?? '';

function demandLong(passphrase: string): string {
  if (passphrase.length >= least) return passphrase;
  throw new Refusal(
    'bad-request',
    `A passphrase has ${least} characters at least; whoever copies the keys can guess as fast as they like.`,
  );
}

/** For a new password. @param instead the option that names a file, for when nobody is there to type */
export async function askTwice(streams: Streams, question: string, instead: string): Promise<string> {
  const nobody = `Nobody is here to type it: give ${instead}.`;
  const chosen = await ask(streams, question, nobody);
  if ((await ask(streams, 'Once more: ', nobody)) !== chosen)
    throw new Refusal('bad-request', 'The two are not the same.');
  return chosen;
}

const nobodyForKeys =
  'These keys need a passphrase and nobody is here to type one: give --passphrase-file, the systemd credential fleet-passphrase or ROCKPOOL_FLEET_PASSPHRASE. To try things out, --insecure-keys leaves them unsealed.';

function ask({ stdin, stderr }: Streams, question: string, nobody = nobodyForKeys): Promise<string> {
  if (!stdin.isTTY) throw new Refusal('bad-request', nobody);
  stderr.write(question);
  // What is typed is drawn nowhere.
  const silent = new Writable({ write: (_, __, done) => done() });
  const reader = createInterface({ input: stdin, output: silent, terminal: true });
  return new Promise((resolve, reject) => {
    reader.once('SIGINT', () => {
      reader.close();
      reject(new Refusal('aborted', 'Stopped.'));
    });
    reader.question('', (answer) => {
      reader.close();
      stderr.write('\n');
      resolve(answer);
    });
  });
}
