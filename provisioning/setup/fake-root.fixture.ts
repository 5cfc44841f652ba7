/** For tests: root's side of the setup page on a real socket, with a device behind it that remembers what was done to it. */
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { RefusalCode } from '@rockpool/protocol/refusal';
import type { SetupProgress, SetupStep } from '@rockpool/protocol/setup';
import { readAuthority } from '@rockpool/signing/authority-files';
import { hashSetupCode } from '@rockpool/signing/setup-code';
import { createAuthority } from '@rockpool/signing/x509';
import { entropyToMnemonic } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import encodeQr from 'qr';
import { type ProvisionAnswer, ProvisionRequest } from '../serve/requests.ts';
import { stepIds } from '../steps/step.ts';

export const labelCode = '7KQM-2XWR';
const key = 'cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv-cbdefghi-jklnrtuv';
const words = entropyToMnemonic(
  new Uint8Array(32).map((_, i) => i * 7),
  wordlist,
).split(' ');
export const recovery = { key, words, qr: encodeQr(key, 'raw') };

export class FakeRoot {
  phase: SetupProgress['phase'] = 'fresh';
  name = 'leeds';
  needsClaim = true;
  claim: string | undefined;
  refusal: SetupProgress['refusal'] = null;
  steps: SetupStep[] = stepIds.map((id) => ({ id, state: 'waiting', says: null }));
  authority: SetupProgress['authority'] = null;
  pair: { chain: string; key: string; authority: string | null } | null = null;
  refuses: { code: RefusalCode; message: string } | null = null;
  codeHash: string | null;
  readonly #watchers = new Set<Socket>();
  readonly #server: Server;

  constructor(codeHash: string) {
    this.codeHash = codeHash;
    this.#server = createServer((socket) => {
      socket.on('error', () => undefined);
      createInterface({ input: socket }).on('line', (line) => this.#hear(socket, line));
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  close(): Promise<void> {
    for (const socket of this.#watchers) socket.destroy();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  progress(): SetupProgress {
    return {
      ...{ name: this.name, phase: this.phase, steps: this.steps, refusal: this.refusal },
      findings:
        this.phase === 'done'
          ? []
          : [
              {
                code: 'disk-encrypted',
                state: 'bad',
                says: 'The data disk is not set up.',
                cure: 'Finish the setup.',
              },
            ],
      needsClaim: this.needsClaim,
      recovery: this.phase === 'recovery' ? recovery : null,
      authority: this.authority,
      address: `https://${this.name}.local/`,
    };
  }

  /** After every change of the fields above. */
  tell(): void {
    for (const socket of this.#watchers) this.#say(socket, { say: 'progress', progress: this.progress() });
  }

  set(id: string, state: SetupStep['state'], says: string | null = null): void {
    this.steps = this.steps.map((step) => (step.id === id ? { id, state, says } : step));
    this.tell();
  }

  /** Runs to the recovery key. */
  async work(): Promise<void> {
    for (const id of stepIds.slice(0, -1)) this.set(id, 'done');
    const { certificate } = await createAuthority({
      name: 'Harbour & Sons Rockpool CA',
      years: 10,
      at: new Date(),
      constraints: { dns: ['local'], networks: ['192.168.0.0/16'] },
    });
    const { name, sha256, pem } = readAuthority(certificate);
    this.authority = { name, sha256, pem, constraints: ['local', '192.168.0.0/16'] };
    this.phase = 'recovery';
    this.tell();
  }

  #say(socket: Socket, answer: ProvisionAnswer): void {
    socket.write(`${JSON.stringify(answer)}\n`);
  }

  #hear(socket: Socket, line: string): void {
    const asked = ProvisionRequest.parse(JSON.parse(line));
    if (asked.ask === 'watch') {
      this.#watchers.add(socket);
      socket.on('close', () => this.#watchers.delete(socket));
      this.#say(socket, { say: 'progress', progress: this.progress() });
    } else {
      this.#say(socket, this.#answer(asked));
      socket.end();
    }
  }

  #answer(asked: Exclude<ProvisionRequest, { ask: 'watch' }>): ProvisionAnswer {
    if (asked.ask === 'progress') return { say: 'progress', progress: this.progress() };
    if (asked.ask === 'code') return { say: 'code', hash: this.codeHash };
    if (asked.ask === 'certificate') return { say: 'certificate', certificate: this.pair };
    if (this.refuses) return { say: 'refused', ...this.refuses };
    if (asked.ask === 'start') this.#start(asked.with);
    if (asked.ask === 'kept') {
      const isRight = asked.with.places.every((place, i) => words[place] === asked.with.words[i]);
      if (!isRight) return { say: 'refused', code: 'bad-request', message: 'A word is wrong; look again.' };
      this.phase = 'done';
      this.codeHash = null;
      this.set('agent', 'done');
    }
    if (asked.ask === 'unlock') {
      const isRight = [key, words.join(' ')].includes(asked.with.recoveryKey.trim().replace(/\s+/g, ' '));
      if (!isRight)
        return { say: 'refused', code: 'wrong-code', message: 'This recovery key opens nothing.' };
      this.phase = 'done';
      this.tell();
    }
    return { say: 'done' };
  }

  #start({ name, claim }: { name?: string | undefined; claim?: string | undefined }): void {
    if (name) this.name = name;
    this.claim = claim;
    this.phase = 'working';
    this.refusal = null;
    this.set('clock', 'running');
  }
}

/** Once: it is slow on purpose. */
const hashed = hashSetupCode(labelCode);

export async function openFakeRoot(path: string): Promise<FakeRoot> {
  const root = new FakeRoot(await hashed);
  await root.listen(path);
  return root;
}
