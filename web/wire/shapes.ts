/** Light checks of what the device sends: enough to fail with a sentence, small enough not to ship a schema library. */
import type {
  Citation,
  Frame,
  Message,
  SearchHit,
  Session,
  SessionWithMessages,
} from '@rockpool/protocol/chat';
import type { DeviceStatus, ModelAbout } from '@rockpool/protocol/device';
import type {
  Document,
  DocumentVersion,
  Folder,
  Group,
  Passage,
  PassageView,
} from '@rockpool/protocol/documents';
import type { Evidence, Fact, FullFact, MemorySpace, MemoryStatus } from '@rockpool/protocol/memory';
import type { MemoryNight } from '@rockpool/protocol/nights';
import type { Invite, Key, NewInvite, NewKey, Person } from '@rockpool/protocol/people';
import { garbled } from './problem.ts';

export type Shape<T> = (value: unknown) => T;

type Fields<T> = { [K in keyof T]?: Kind<T[K]> };
type Kind<V> =
  | Shape<V>
  | (V extends string ? 'string' : V extends number ? 'number' : V extends boolean ? 'boolean' : never);

/** An object with these fields. The one place that casts: the agent's own schemas guard the rest. */
function shape<T>(name: string, fields: Fields<T>): Shape<T> {
  return (value) => {
    if (typeof value !== 'object' || value === null) throw garbled(name);
    for (const [key, kind] of Object.entries<unknown>(fields)) {
      const field: unknown = Reflect.get(value, key);
      if (typeof kind === 'function') kind(field);
      else if (typeof field !== kind) throw garbled(`${name}.${key}`);
    }
    return value as T;
  };
}

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value) => {
    if (!Array.isArray(value)) throw garbled('list');
    return value.map((one) => item(one));
  };
}

/** The list under one key: most collections travel as `{ sessions: [...] }`. */
export function listUnder<T>(key: string, item: Shape<T>): Shape<T[]> {
  const items = list(item);
  return (value) => {
    if (typeof value !== 'object' || value === null) throw garbled(key);
    return items(Reflect.get(value, key));
  };
}

const orNull =
  <T>(inner: Shape<T>): Shape<T | null> =>
  (value) =>
    value === null || value === undefined ? null : inner(value);

export const nothing: Shape<void> = () => undefined;

export const person = shape<Person>('person', { id: 'number', name: 'string' });
export const model = shape<ModelAbout>('model', { id: 'string', label: 'string' });
export const status = shape<DeviceStatus>('status', {
  version: 'string',
  needsSetup: 'boolean',
  signedIn: orNull(person),
});
export const fact = shape<Fact>('fact', { id: 'number', text: 'string' });
const evidence = shape<Evidence>('evidence', { sessionId: 'string', messageId: 'number' });
export const fullFact = shape<FullFact>('fact', {
  id: 'number',
  text: 'string',
  origin: 'string' as never,
  evidence: list(evidence),
});
const memorySpace = shape<MemorySpace>('space', { current: 'number', maxFacts: 'number' });
export const memoryStatus = shape<MemoryStatus>('memory', {
  away: orNull(shape<NonNullable<MemoryStatus['away']>>('away', { since: 'number' })),
  mine: orNull(memorySpace),
  embedding: orNull(shape<NonNullable<MemoryStatus['embedding']>>('embedding', { waiting: 'number' })),
});
export const memoryNight = shape<MemoryNight>('night', {
  night: 'number',
  beganAt: 'number',
  merged: 'number',
  undone: 'number',
});
export const nightRestored = shape<{ restored: number }>('night', { restored: 'number' });
export const citation = shape<Citation>('citation', {
  n: 'number',
  id: 'number',
  label: 'string',
  text: 'string',
});
export const session = shape<Session>('session', { id: 'string', title: 'string', updatedAt: 'number' });
export const message = shape<Message>('message', {
  id: 'number',
  text: 'string',
  citations: list(citation),
  remembered: list(fact),
  siblings: list((id) => (typeof id === 'number' ? id : Number.NaN)),
});
export const sessionWithMessages = shape<SessionWithMessages>('session', {
  session,
  messages: list(message),
});
export const searchHit = shape<SearchHit>('hit', { session, messageId: 'number' });
export const document = shape<Document>('document', { id: 'number', name: 'string', progress: 'number' });
export const documentVersion = shape<DocumentVersion>('version', { version: 'number', sha256: 'string' });
export const group = shape<Group>('group', {
  id: 'number',
  name: 'string',
  members: list((id) => (typeof id === 'number' ? id : Number.NaN)),
});
export const folder = shape<Folder>('folder', { id: 'number', path: 'string', files: 'number' });
export const passage = shape<Passage>('passage', { id: 'number', text: 'string' });
export const passageView = shape<PassageView>('passage', {
  document,
  passages: list(passage),
  cited: 'number',
});
export const invite = shape<Invite>('invite', { id: 'number', expiresAt: 'number' });
export const newInvite = shape<NewInvite>('invite', { code: 'string', path: 'string' });
export const openInvite = shape<Pick<Invite, 'kind' | 'role' | 'name' | 'expiresAt'>>('invite', {
  expiresAt: 'number',
});
export const key = shape<Key>('key', { id: 'number', label: 'string' });
export const newKey = shape<NewKey>('key', { key: 'string' });
export const forgotten = shape<{ forgotten: number }>('forgotten', { forgotten: 'number' });
export const imported = shape<{ added: number; skipped: number }>('import', {
  added: 'number',
  skipped: 'number',
});

type FrameOf<T extends Frame['type']> = Extract<Frame, { type: T }>;

const frames: { [T in Frame['type']]: Shape<FrameOf<T>> } = {
  accepted: shape<FrameOf<'accepted'>>('accepted', { session, message }),
  queued: shape<FrameOf<'queued'>>('queued', { place: 'number' }),
  doing: shape<FrameOf<'doing'>>('doing', {}),
  remembered: shape<FrameOf<'remembered'>>('remembered', { facts: list(fact) }),
  forgotten: shape<FrameOf<'forgotten'>>('forgotten', { facts: list(fact) }),
  context: shape<FrameOf<'context'>>('context', { citations: list(citation) }),
  delta: shape<FrameOf<'delta'>>('delta', { text: 'string' }),
  done: shape<FrameOf<'done'>>('done', { message, session }),
  failed: shape<FrameOf<'failed'>>('failed', { message: orNull(message) }),
};

export const frame: Shape<Frame> = (value) => {
  const type: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'type') : undefined;
  if (typeof type !== 'string' || !Object.hasOwn(frames, type)) throw garbled(`frame ${String(type)}`);
  return frames[type as Frame['type']](value);
};
