/** The setup page's own API: a closed list of paths, what each takes, and who may ask it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Refusal } from '@rockpool/protocol/refusal';
import {
  SetupKept,
  SetupOpen,
  type SetupPhase,
  type SetupProgress,
  SetupStart,
  type SetupState,
  SetupUnlock,
} from '@rockpool/protocol/setup';
import { isSetupCode } from '@rockpool/signing/setup-code';
import type { z } from 'zod';
import { readBody, sendJson } from './door.ts';
import type { createEvents } from './events.ts';
import type { Following } from './following.ts';
import type { Guesses } from './guesses.ts';
import type { Root } from './root.ts';
import type { Sessions } from './sessions.ts';

export interface ApiParts {
  root: Root;
  following: Following;
  events: ReturnType<typeof createEvents>;
  sessions: Sessions;
  guesses: Guesses;
  log(line: string): void;
}

export interface Route {
  method: 'GET' | 'POST';
  /** Left out, a route is for those who gave the code. */
  access?: 'public';
  answer(request: IncomingMessage, response: ServerResponse): void | Promise<void>;
}

export function apiRoutes({
  root,
  following,
  events,
  sessions,
  guesses,
  log,
}: ApiParts): Record<string, Route> {
  const addressOf = (request: IncomingMessage): string => request.socket.remoteAddress ?? '';

  async function open(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { code } = await readBody(request, SetupOpen);
    const hash = await root.codeHash();
    if (hash === null)
      throw new Refusal('gone', 'The code was used: this device is set up. Sign in with your account.');
    const address = addressOf(request);
    if (!(await guesses.make(address, () => isSetupCode(code, hash)))) {
      log(`wrong setup code from ${address}`);
      const retryAfterS = guesses.waitS(address);
      throw new Refusal(
        'wrong-code',
        'That is not the code on the label; compare it letter by letter.',
        retryAfterS > 0 ? { retryAfterS } : {},
      );
    }
    log(`setup opened from ${address}`);
    response.setHeader('set-cookie', sessions.open());
    sendJson(response, following.now());
  }

  /** A recovery key is too long to guess; the waits keep a flood from the disk's slow key derivation. */
  async function unlock(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const asked = await readBody(request, SetupUnlock);
    demandPhase(following.now(), 'locked');
    const address = addressOf(request);
    let refusal: Refusal | undefined;
    const opened = await guesses.make(address, async () => {
      refusal = await refusalOf(root.unlock(asked), 'wrong-code');
      return refusal === undefined;
    });
    log(opened ? `the disk was opened from ${address}` : `wrong recovery key from ${address}`);
    if (refusal) throw refusal;
    sendJson(response, { done: true });
  }

  const told =
    <T>(schema: z.ZodType<T>, tell: (asked: T) => Promise<void>): Route['answer'] =>
    async (request, response) => {
      await tell(await readBody(request, schema));
      sendJson(response, { done: true });
    };

  return {
    '/setup/api/state': {
      ...{ method: 'GET', access: 'public' },
      answer: (request, response) =>
        sendJson(response, publicState(following.now(), guesses.waitS(addressOf(request)))),
    },
    '/setup/api/open': { method: 'POST', access: 'public', answer: open },
    '/setup/api/unlock': { method: 'POST', access: 'public', answer: unlock },
    '/setup/api/progress': {
      method: 'GET',
      answer: (_, response) => sendJson(response, following.now()),
    },
    '/setup/api/events': {
      method: 'GET',
      answer: (request, response) => events.send(response, () => sessions.isOpen(request.headers.cookie)),
    },
    '/setup/api/start': { method: 'POST', answer: told(SetupStart, (asked) => root.start(asked)) },
    '/setup/api/kept': { method: 'POST', answer: told(SetupKept, (asked) => root.kept(asked)) },
  };
}

/** What anybody on the LAN may know. */
const publicState = ({ name, phase, findings }: SetupProgress, waitS: number): SetupState => ({
  ...{ name, phase, waitS },
  missing: findings.filter(({ state }) => state === 'bad').map(({ code }) => code),
});

function demandPhase(progress: SetupProgress, phase: z.infer<typeof SetupPhase>): void {
  if (progress.phase === phase) return;
  throw new Refusal('conflict', 'The device is not waiting for that any more; load this page again.');
}

async function refusalOf(deed: Promise<void>, code: Refusal['code']): Promise<Refusal | undefined> {
  try {
    await deed;
    return undefined;
  } catch (error) {
    if (error instanceof Refusal && error.code === code) return error;
    throw error;
  }
}
