/** A small working double of the device for browser tests: people, sessions, memory, documents, keys, all in memory. */
import type { Citation, Message, Session } from '@rockpool/protocol/chat';
import type { DeviceStatus, ModelAbout } from '@rockpool/protocol/device';
import type { Document, DocumentVersion, Folder, Group, Passage } from '@rockpool/protocol/documents';
import type { FullFact, MemoryStatus } from '@rockpool/protocol/memory';
import type { Invite, Key, Person } from '@rockpool/protocol/people';

const hourMs = 3_600_000;

export class FakeDevice {
  readonly setupCode = 'reef-4471';
  readonly model: ModelAbout = {
    id: 'pebble',
    label: 'Pebble 0.1',
    file: 'pebble-q8_0.gguf',
    bytes: 18_400_000,
    contextTokens: 8192,
    builtIn: true,
    digest: '9f2c4e1ab07d5583c6e1f0a94b7d2e8835510cde7ab94f6021d3c8e7f5a6b904',
    createdAt: 1_760_000_000,
  };
  people: (Person & { password: string })[] = [];
  sessions: Session[] = [];
  messages = new Map<string, Message[]>();
  leaves = new Map<string, number>();
  facts: FullFact[] = [];
  readonly authority = {
    name: 'Harbour Rockpool CA',
    sha256: '9f2c4e1ab07d5583c6e1f0a94b7d2e8835510cde7ab94f6021d3c8e7f5a6b904',
    constraints: ['harbour.local', '10.0.0.0/8', '192.168.0.0/16'],
  };
  /** Set: memory was put aside. */
  memoryAway: MemoryStatus['away'] = null;
  /** How many facts wait for a vector. */
  waiting = 0;
  documents: Document[] = [];
  groups: Group[] = [];
  folders: Folder[] = [];
  passages: Passage[] = [];
  keys: Key[] = [];
  invites: (Invite & { code: string })[] = [];
  signedIn: Person | null = null;
  #lastId = 100;

  id(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  status(): DeviceStatus {
    return {
      name: 'Harbour office',
      version: '0.1.0',
      needsSetup: this.people.length === 0,
      ready: true,
      deskRun: true,
      secure: false,
      signedIn: this.signedIn,
      model: this.signedIn ? this.model : null,
    };
  }

  addPerson(name: string, role: Person['role'], password = 'harbour lights'): Person {
    const person = { id: this.id(), name, role, createdAt: Date.now() - 40 * 24 * hourMs };
    this.people.push({ ...person, password });
    return person;
  }

  addSession(title: string, hoursAgo = 0, change: Partial<Session> = {}): Session {
    const at = Date.now() - hoursAgo * hourMs;
    const session = {
      id: `s${this.id()}`,
      title,
      pinned: false,
      archived: false,
      createdAt: at,
      updatedAt: at,
      ...change,
    };
    this.sessions.unshift(session);
    this.messages.set(session.id, []);
    return session;
  }

  addMessage(sessionId: string, said: Partial<Message> & Pick<Message, 'from' | 'text'>): Message {
    const all = this.messages.get(sessionId) ?? [];
    const parentId =
      said.parentId === undefined ? (this.branch(sessionId).at(-1)?.id ?? null) : said.parentId;
    const message: Message = {
      id: this.id(),
      at: Date.now(),
      outcome: 'complete',
      citations: [],
      attachments: [],
      remembered: [],
      siblings: [],
      ...said,
      parentId,
    };
    all.push(message);
    const siblings = all.filter((one) => one.parentId === parentId).map((one) => one.id);
    for (const one of all) if (one.parentId === parentId) one.siblings = siblings;
    this.leaves.set(sessionId, message.id);
    return message;
  }

  /** From the root to the chosen leaf, and on to the newest below it. */
  branch(sessionId: string): Message[] {
    const all = this.messages.get(sessionId) ?? [];
    let leaf = all.find((one) => one.id === this.leaves.get(sessionId));
    for (let below = leaf; below; below = all.findLast((one) => one.parentId === below?.id)) leaf = below;
    const up: Message[] = [];
    for (let one = leaf; one; one = all.find((parent) => parent.id === one?.parentId)) up.unshift(one);
    return up;
  }

  remember(text: string, scope: FullFact['scope'] = 'mine', hoursAgo = 0): FullFact {
    const saidAt = Date.now() - hoursAgo * hourMs;
    const fact: FullFact = {
      id: this.id(),
      text,
      scope,
      saidBy: this.signedIn?.name ?? 'ada',
      saidAt,
      ...{ origin: 'owner', kind: 'fact', recordedAt: saidAt, validFrom: null, validUntil: null },
      ...{ importance: 0.5, pinned: false, uses: 0, lastUsedAt: null, evidence: [] },
      sessionId: null,
      messageId: null,
      supersededBy: null,
      supersededAt: null,
    };
    this.facts.unshift(fact);
    return fact;
  }

  addDocument(name: string, change: Partial<Document> = {}): Document {
    const document: Document = {
      id: this.id(),
      name,
      kind: 'pdf',
      bytes: 2_340_000,
      pages: 24,
      passages: 61,
      scope: 'mine',
      group: null,
      owner: this.signedIn?.name ?? 'ada',
      addedAt: Date.now() - hourMs,
      version: 1,
      folder: null,
      status: 'ready',
      progress: 1,
      problem: null,
      problemCode: null,
      ...change,
    };
    this.documents.unshift(document);
    return document;
  }

  versionsOf({ name, version, bytes, owner, addedAt }: Document): DocumentVersion[] {
    return Array.from({ length: version }, (_, i) => ({
      ...{ version: version - i, name, bytes, by: owner, at: addedAt - i * 30 * 24 * hourMs },
      sha256: `${version - i}f3a9c0d15e7`.padEnd(64, '0'),
    }));
  }

  addFolder(path: string, change: Partial<Folder> = {}): Folder {
    const folder: Folder = {
      ...{ id: this.id(), path, scope: 'office', group: null, owner: 'ada', addedAt: Date.now() },
      ...{ files: 0, ready: 0, failed: 0, skipped: 0, scannedAt: null, scanning: false, problem: null },
      ...change,
    };
    this.folders.push(folder);
    return folder;
  }

  addPassages(document: Document, texts: readonly string[], page: number): Passage[] {
    const made = texts.map((text, index) => ({
      id: this.id(),
      documentId: document.id,
      index,
      page,
      heading: 'Working hours › Holidays',
      text,
    }));
    this.passages.push(...made);
    return made;
  }

  citationsFor(question: string): Citation[] {
    const facts = this.facts.filter((fact) => fact.supersededBy === null && overlaps(fact.text, question));
    const passages = this.passages.filter(
      (passage) => passage.index === 1 && overlaps(passage.text, question),
    );
    const said = facts.map((fact) => ({
      kind: 'memory' as const,
      id: fact.id,
      documentId: null,
      label: 'memory, 2026-03-02',
      text: fact.text,
    }));
    const read = passages.map((passage) => {
      const name = this.documents.find((one) => one.id === passage.documentId)?.name ?? '';
      const label = `${name}, p. ${passage.page}`;
      return {
        kind: 'document' as const,
        id: passage.id,
        documentId: passage.documentId,
        label,
        text: passage.text,
      };
    });
    return [...said, ...read].map((one, place) => ({ n: place + 1, ...one }));
  }
}

/** Two words in common, or two Chinese characters. */
function overlaps(text: string, question: string): boolean {
  const wordsOf = (from: string) => new Set(from.toLowerCase().match(/[a-z]{4,}|[\u4e00-\u9fff]{2}/g) ?? []);
  const asked = wordsOf(question);
  return [...wordsOf(text)].filter((word) => asked.has(word)).length >= 2;
}

/** A device that has been lived in. */
export function livedIn(): FakeDevice {
  const device = new FakeDevice();
  const ada = device.addPerson('ada', 'admin');
  device.addPerson('bo', 'member');
  device.addPerson('林晓', 'member');
  device.signedIn = ada;
  device.addSession('How the coffee machine is descaled', 24 * 30);
  device.addSession('Translation of the supplier’s letter', 24 * 4);
  device.addSession('周五部门会议的议程', 24 * 3);
  device.addSession('Minutes of the board meeting, and who does what until March', 27);
  device.addSession('Holiday rules', 3);
  device.addSession('Door and alarm codes', 200, { pinned: true });
  const old = device.remember('The alarm code is 1188', 'mine', 24 * 90);
  const now = device.remember('The alarm code is 4471', 'mine', 5);
  Object.assign(old, { supersededBy: now.id, supersededAt: now.saidAt });
  device.remember('The office closes at noon on Fridays', 'office', 24 * 9);
  device.remember('Ada takes her coffee without sugar', 'mine', 24 * 12);
  const handbook = device.addDocument('handbook.pdf', { scope: 'office' });
  device.addPassages(
    handbook,
    [
      'Working hours are recorded by each team. Overtime is agreed beforehand and taken as free time within three months.',
      'Holiday is thirty days a year. Requests are made four weeks ahead; up to five days may be carried into the next year until the end of March.',
      'On public holidays the building is closed. The alarm is armed by the last person to leave.',
    ],
    12,
  );
  device.addDocument('prices-2026.xlsx', {
    kind: 'xlsx',
    bytes: 84_000,
    pages: null,
    passages: 159,
    owner: 'bo',
    scope: 'office',
  });
  device.addDocument('scan-0042.pdf', {
    status: 'failed',
    problem:
      'This PDF holds only pictures of pages. Add a version with text in it, or run it through text recognition first.',
    problemCode: 'scan',
    passages: 0,
  });
  const board = { id: device.id(), name: 'Board', members: device.people.slice(0, 2).map(({ id }) => id) };
  device.groups.push(board, {
    id: device.id(),
    name: '财务',
    members: device.people.slice(2).map(({ id }) => id),
  });
  const ofBoard = { scope: 'group', group: { id: board.id, name: board.name } } as const;
  device.addDocument('strategy-2027.docx', {
    kind: 'docx',
    bytes: 184_000,
    pages: null,
    version: 3,
    ...ofBoard,
  });
  device.addDocument('fire-drill.pdf', { folder: '/srv/office/handbooks', scope: 'office', pages: 6 });
  device.addFolder('/srv/office/handbooks', {
    ...{ files: 214, ready: 190, failed: 2, skipped: 1, scannedAt: Date.now() - hourMs / 2 },
  });
  device.addFolder('/srv/office/board minutes', {
    ...ofBoard,
    ...{ files: 31, ready: 31, scannedAt: Date.now() - hourMs },
    problem: 'away',
  });
  device.keys.push({
    id: device.id(),
    label: 'editor on my laptop',
    hint: 'rp-7f…c2',
    scopes: ['all'],
    createdAt: Date.now() - 9 * 24 * hourMs,
    lastUsedAt: Date.now() - 2 * hourMs,
    owner: 'ada',
  });
  device.invites.push({
    id: device.id(),
    kind: 'invite',
    role: 'member',
    name: null,
    createdAt: Date.now(),
    expiresAt: Date.now() + 48 * hourMs,
    code: 'open-link',
  });
  return device;
}
