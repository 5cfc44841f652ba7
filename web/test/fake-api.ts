/** The API of the fake device: just enough of every path that the page uses. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Message, Session } from '@rockpool/protocol/chat';
import type { DocumentScope } from '@rockpool/protocol/documents';
import type { MemoryStatus } from '@rockpool/protocol/memory';
import type { Invite, Role, Scope } from '@rockpool/protocol/people';
import type { FakeServer } from './fake-server.ts';
import { answer } from './fake-turns.ts';

interface Ask {
  fake: FakeServer;
  method: string;
  url: URL;
  part: string;
  body: Record<string, unknown>;
  bytes: Buffer;
  request: IncomingMessage;
  response: ServerResponse;
}
class No extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
type Deed = (ask: Ask) => unknown;

const open: Record<string, Deed> = {
  'GET status': ({ fake }) => fake.device.status(),
  'GET authority': ({ fake }) => fake.device.authority,
  'POST setup': ({ fake, body }) => {
    const { device } = fake;
    if (body['code'] !== device.setupCode)
      throw new No(
        401,
        'wrong-code',
        'That is not the setup code. It is printed where the device was started.',
      );
    device.signedIn = device.addPerson(String(body['name']), 'admin', String(body['password']));
    return device.signedIn;
  },
  'POST login': ({ fake, body }) => {
    const person = fake.device.people.find(
      (one) => one.name === body['name'] && one.password === body['password'],
    );
    if (!person) throw new No(401, 'wrong-password', 'Name or password is wrong.');
    fake.device.signedIn = person;
    return person;
  },
  'GET invites/:': ({ fake, part }) => {
    const invite = fake.device.invites.find((one) => one.code === part);
    if (!invite) throw new No(404, 'not-found', 'This link is used up.');
    return invite;
  },
  'POST join': ({ fake, body }) => {
    const { device } = fake;
    const invite = device.invites.find((one) => one.code === body['code']);
    if (!invite) throw new No(404, 'not-found', 'This link is used up.');
    device.invites = device.invites.filter((one) => one !== invite);
    device.signedIn = device.addPerson(
      String(body['name'] ?? invite.name),
      invite.role,
      String(body['password']),
    );
    return device.signedIn;
  },
};

const closed: Record<string, Deed> = {
  'POST logout': ({ fake }) => {
    fake.device.signedIn = null;
  },
  'GET me': ({ fake }) => fake.device.signedIn,
  'POST me/password': ({ body }) => {
    if (body['current'] !== 'harbour lights')
      throw new No(401, 'wrong-password', 'The current password is wrong.');
  },
  'GET people': ({ fake }) => ({ people: fake.device.people }),
  'PATCH people/:': ({ fake, part, body }) => Object.assign(found(fake.device.people, part), body),
  'DELETE people/:': ({ fake, part }) => drop(fake.device, 'people', part),
  'POST people/:/reset': ({ fake, part }) =>
    invited(fake, 'reset', 'member', found(fake.device.people, part).name),
  'GET invites': ({ fake }) => ({ invites: fake.device.invites }),
  'POST invites': ({ fake, body }) => invited(fake, 'invite', body['role'] as Role, null),
  'DELETE invites/:': ({ fake, part }) => drop(fake.device, 'invites', part),
  'GET keys': ({ fake }) => ({ keys: fake.device.keys }),
  'POST keys': ({ fake, body }) => {
    const key = {
      id: fake.device.id(),
      label: String(body['label']),
      hint: 'rp-aa…zz',
      scopes: body['scopes'] as Scope[],
      createdAt: Date.now(),
      lastUsedAt: null,
      owner: 'ada',
    };
    fake.device.keys.push(key);
    return { ...key, key: 'rp-aa0123456789abcdefghijklmnopqrstuvwxyzzz' };
  },
  'DELETE keys/:': ({ fake, part }) => drop(fake.device, 'keys', part),
  'GET models': ({ fake }) => ({ models: [fake.device.model] }),
  'GET sessions': ({ fake, url }) => ({
    sessions: fake.device.sessions.filter(
      (one) => one.archived === (url.searchParams.get('archived') === 'true'),
    ),
  }),
  'POST sessions': ({ fake }) => fake.device.addSession(''),
  'GET sessions/:': ({ fake, part }) => ({
    session: session(fake, part),
    messages: fake.device.branch(part),
  }),
  'PATCH sessions/:': ({ fake, part, body }) => {
    const { leaf, ...change } = body;
    if (typeof leaf === 'number') fake.device.leaves.set(part, leaf);
    return Object.assign(session(fake, part), change);
  },
  'DELETE sessions/:': ({ fake, part }) => {
    fake.device.sessions = fake.device.sessions.filter((one) => one.id !== part);
  },
  'GET search': ({ fake, url }) => ({ hits: search(fake, url.searchParams.get('q') ?? '') }),
  'GET memory': ({ fake, url }) => {
    const { q = '', scope, history } = Object.fromEntries(url.searchParams);
    const wanted = fake.device.facts.filter(
      (fact) => (history || fact.supersededBy === null) && (!scope || fact.scope === scope),
    );
    return { facts: wanted.filter((fact) => fact.text.toLowerCase().includes(q.toLowerCase())) };
  },
  'GET memory/status': ({ fake }) => memoryStatus(fake),
  'GET memory/nights': () => ({ nights: [] }),
  'POST memory': ({ fake, body }) =>
    fake.device.remember(String(body['text']), body['scope'] === 'office' ? 'office' : 'mine'),
  'PATCH memory/:': ({ fake, part, body: { confirmed, ...body } }) =>
    Object.assign(found(fake.device.facts, part), body, confirmed ? { origin: 'owner' } : {}),
  'DELETE memory/:': ({ fake, part }) => drop(fake.device, 'facts', part),
  'DELETE memory': ({ fake }) => ({ forgotten: fake.device.facts.splice(0).length }),
  'POST memory/import': () => ({ added: 2, skipped: 1 }),
  'GET documents': ({ fake }) => {
    for (const one of fake.device.documents) {
      if (one.status === 'parsing')
        Object.assign(
          one,
          one.progress >= 0.5 ? { status: 'ready', progress: 1, pages: 3 } : { progress: one.progress + 0.5 },
        );
    }
    return { documents: fake.device.documents };
  },
  'POST documents': ({ fake, url, bytes }) =>
    fake.device.addDocument(url.searchParams.get('name') ?? '', {
      bytes: bytes.length,
      status: 'parsing',
      progress: 0,
      addedAt: Date.now(),
    }),
  'PATCH documents/:': ({ fake, part, body }) =>
    Object.assign(found(fake.device.documents, part), sharing(fake, body)),
  'POST documents/:/file': ({ fake, part, bytes }) => {
    const one = found(fake.device.documents, part);
    return Object.assign(one, {
      bytes: bytes.length,
      status: 'parsing',
      progress: 0,
      version: one.version + 1,
    });
  },
  'GET documents/:/versions': ({ fake, part }) => ({
    versions: fake.device.versionsOf(found(fake.device.documents, part)),
  }),
  'GET groups': ({ fake }) => ({ groups: fake.device.groups }),
  'POST groups': ({ fake, body }) => {
    const group = { id: fake.device.id(), name: String(body['name']), members: body['members'] as number[] };
    fake.device.groups.push(group);
    return group;
  },
  'PATCH groups/:': ({ fake, part, body }) => Object.assign(found(fake.device.groups, part), body),
  'DELETE groups/:': ({ fake, part }) => drop(fake.device, 'groups', part),
  'GET folders': ({ fake }) => ({ folders: fake.device.folders }),
  'POST folders': ({ fake, body }) => fake.device.addFolder(String(body['path']), sharing(fake, body)),
  'PATCH folders/:': ({ fake, part, body }) =>
    Object.assign(found(fake.device.folders, part), sharing(fake, body)),
  'POST folders/:/look': ({ fake, part }) => found(fake.device.folders, part),
  'DELETE folders/:': ({ fake, part }) => drop(fake.device, 'folders', part),
  'DELETE documents/:': ({ fake, part }) => drop(fake.device, 'documents', part),
  'GET passages/:': ({ fake, part }) => {
    const cited = found(fake.device.passages, part);
    return {
      document: found(fake.device.documents, String(cited.documentId)),
      passages: fake.device.passages,
      cited: cited.id,
    };
  },
};

export async function api(
  fake: FakeServer,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const [, , first = '', part = '', third = ''] = url.pathname.split('/').map(decodeURIComponent);
  const method = request.method ?? 'GET';
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  const body = request.headers['content-type'] === 'application/json' ? JSON.parse(bytes.toString()) : {};
  const ask: Ask = { fake, method, url, part, body, bytes, request, response };
  const whole = `${method} ${first}${part ? `/${part}` : ''}`;
  const names = part ? [whole, `${method} ${first}/:${third ? `/${third}` : ''}`] : [whole];
  try {
    const isOpen = names.map((name) => open[name]).find(Boolean);
    if (!isOpen && !fake.device.signedIn) throw new No(401, 'not-signed-in', 'Sign in first.');
    if (names[1] === 'POST sessions/:/turns') return await turn(ask);
    const deed = isOpen ?? names.map((name) => closed[name]).find(Boolean);
    if (!deed) throw new No(404, 'not-found', `There is no ${names[0]}.`);
    const result = deed(ask);
    response.writeHead(result === undefined ? 204 : 200, { 'content-type': 'application/json' });
    response.end(result === undefined ? undefined : JSON.stringify(result));
  } catch (error) {
    if (!(error instanceof No)) throw error;
    response.writeHead(error.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: error.code, message: error.message } }));
  }
}

async function turn({ fake, part, body, response }: Ask): Promise<void> {
  const { device } = fake;
  const now = session(fake, part);
  if (String(body['text']).includes('busy'))
    throw new No(
      503,
      'busy',
      'Too many people are asking at once. Your message is still here; try again in a moment.',
    );
  const question = questionOf(fake, part, body);
  if (!now.title) now.title = question.text.slice(0, 60);
  now.updatedAt = Date.now();
  const leaving = new AbortController();
  response.on('close', () => leaving.abort());
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  const write = (frame: unknown) => response.write(`${JSON.stringify(frame)}\n`);
  write({ type: 'accepted', turnId: 't1', session: now, message: question });
  try {
    for await (const frame of answer(device, {
      sessionId: part,
      question,
      pieceMs: fake.pieceMs,
      signal: leaving.signal,
    }))
      write(frame);
    response.end();
  } catch {
    response.destroy();
  }
}

function questionOf(fake: FakeServer, sessionId: string, body: Record<string, unknown>): Message {
  const all = fake.device.messages.get(sessionId) ?? [];
  if (typeof body['regenerate'] === 'number') {
    const question = all.find(
      (one) => one.id === all.find((answered) => answered.id === body['regenerate'])?.parentId,
    );
    if (!question) throw new No(404, 'not-found', 'There is no such answer.');
    return question;
  }
  const names = (body['attachments'] as number[]).map((id) => ({
    documentId: id,
    name: found(fake.device.documents, String(id)).name,
  }));
  const said = { from: 'person' as const, text: String(body['text']), attachments: names };
  return fake.device.addMessage(
    sessionId,
    body['parentId'] === undefined ? said : { ...said, parentId: body['parentId'] as number | null },
  );
}

function sharing({ device }: FakeServer, { scope, group }: Record<string, unknown>) {
  const { id, name } = device.groups.find((one) => one.id === group) ?? { id: 0, name: '' };
  return { scope: scope as DocumentScope, group: scope === 'group' ? { id, name } : null };
}

function session(fake: FakeServer, id: string): Session {
  const one = fake.device.sessions.find((session) => session.id === id);
  if (!one) throw new No(404, 'not-found', 'There is no such chat. It may have been deleted.');
  return one;
}

function found<T extends { id: number }>(all: readonly T[], id: string): T {
  const one = all.find((item) => item.id === Number(id));
  if (!one) throw new No(404, 'not-found', 'It is gone.');
  return one;
}

function drop<K extends string>(device: Record<K, { id: number }[]>, key: K, id: string): void {
  device[key] = device[key].filter((one) => one.id !== Number(id));
}

function invited(fake: FakeServer, kind: Invite['kind'], role: Role, name: string | null) {
  const at = Date.now();
  const invite = {
    id: fake.device.id(),
    kind,
    role,
    name,
    createdAt: at,
    expiresAt: at + 172_800_000,
    code: `code-${at}`,
  };
  fake.device.invites.push(invite);
  return { ...invite, path: `/join/${invite.code}` };
}

function search(fake: FakeServer, words: string) {
  return fake.device.sessions.flatMap((one) =>
    (fake.device.messages.get(one.id) ?? [])
      .filter((message) => message.text.toLowerCase().includes(words.toLowerCase()))
      .map((message) => {
        const at = message.text.toLowerCase().indexOf(words.toLowerCase());
        const snippet = [
          { text: message.text.slice(0, at), hit: false },
          { text: message.text.slice(at, at + words.length), hit: true },
          { text: message.text.slice(at + words.length), hit: false },
        ];
        return { session: one, messageId: message.id, from: message.from, at: message.at, snippet };
      }),
  );
}

function memoryStatus({ device }: FakeServer): MemoryStatus {
  const { facts, memoryAway: away, waiting } = device;
  if (away) return { away, mine: null, office: null, embedding: null };
  const space = (scope: 'mine' | 'office', maxFacts: number) => {
    const held = facts.filter((fact) => fact.scope === scope);
    const bytes = held.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    const current = held.filter(({ supersededAt }) => supersededAt === null).length;
    return { facts: held.length, current, bytes, maxFacts, maxBytes: 64 * 2 ** 20 };
  };
  device.waiting = Math.max(0, waiting - 1);
  return {
    away: null,
    mine: space('mine', 100_000),
    office: space('office', 1_000_000),
    embedding: { facts: facts.length, waiting },
  };
}
