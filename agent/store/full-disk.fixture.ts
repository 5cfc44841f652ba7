/** For a test that mounts a small disk: does one thing to a memory on it while it is full, and again once there is room. */
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createDocuments } from '../documents/documents.ts';
import { documentsSchema } from '../documents/documents-table.ts';
import { fakeEmbedder } from '../documents/fake-embedder.ts';
import { createConsolidation } from '../memory/consolidation/consolidation.ts';
import type { NewFact } from '../memory/fact-changes.ts';
import { factsSchema } from '../memory/facts.ts';
import { checkDatabase, findDamage, openDatabase } from './sqlite.ts';
import { openStore } from './store.ts';
import { createUpkeep } from './upkeep.ts';

/** What was seen with so many bytes of room. */
export interface Seen {
  roomBytes: number;
  /** Undefined: it was done in spite of it. */
  refused: { code: string | undefined; message: string } | undefined;
  /** Nothing is half done: what there is, is as before, or all as after. */
  whole: boolean;
  /** What else may be asked for meanwhile still is answered. */
  answers: boolean;
  /** Done once there is room. */
  goesOn: boolean;
}

const [disk = '', elsewhere = '', what = ''] = process.argv.slice(2);
const home = join(disk, 'home');
const filler = join(disk, 'filler');
const rooms = [0, 8, 24, 64, 160, 400, 1_000].map((kib) => kib * 1024);
const clock = { now: () => Date.now() };
const never = new AbortController().signal;
const ada = { id: 1, name: 'ada', role: 'admin', createdAt: 0 } as const;

/** Everything but so many bytes is taken. */
function fill(roomBytes: number): void {
  const file = openSync(filler, 'w');
  const block = Buffer.alloc(64 * 1024);
  let bytes = 0;
  for (let size = block.length; size >= 4_096; ) {
    try {
      bytes += writeSync(file, block, 0, size);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      size /= 2;
    }
  }
  closeSync(file);
  truncateSync(filler, Math.max(0, bytes - roomBytes));
}
const empty = (): void => rmSync(filler, { force: true });

async function refusal(run: () => Promise<unknown>): Promise<Seen['refused']> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return {
      code: (error as { code?: string }).code,
      message: error instanceof Error ? error.message : String(error),
    };
  }
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');

const fact = (text: string): NewFact => ({
  ...{ owner: ada.id, saidBy: 'ada', scope: 'mine', text, subject: null, saidAt: clock.now() },
  ...{ sessionId: null, messageId: null, origin: 'owner' },
});
const numbered = (name: string, n: number): NewFact[] =>
  Array.from({ length: n }, (_, i) => fact(`${name} ${i} stands beside the ${'old '.repeat(20)}door.`));

type Kind = (roomBytes: number) => Promise<Omit<Seen, 'roomBytes'>>;

async function insert(roomBytes: number): ReturnType<Kind> {
  const store = await openStore(home);
  await store.memory.remember(numbered('Locker', 300));
  const listed = async (): Promise<string> => hash(await store.memory.list(ada.id, { limit: 10_000 }));
  const before = await listed();
  const more = numbered('Shelf', 600);
  fill(roomBytes);
  const refused = await refusal(() => store.memory.remember(more));
  const whole = !refused || (await listed()) === before;
  const answers = (await store.memory.worded(ada.id, 'locker 17')).length > 0;
  empty();
  await store.memory.remember(more);
  const goesOn = (await store.memory.space(ada.id)).facts === 900;
  await store.close();
  return { refused, whole, answers, goesOn };
}

/** Each deed is one; those of before the disk was full stay, and all can be taken back. */
async function consolidation(roomBytes: number): ReturnType<Kind> {
  const store = await openStore(home);
  const pairs = 60;
  const dimensions = 64;
  await store.memory.useEmbedder({ digest: 'd', dimensions }, { means: [], unit: 1 });
  const same = Array.from(
    { length: pairs },
    (_, i) => `Machine ${i} is cleaned with ${'warm '.repeat(60)}water`,
  );
  const vectorOf = (i: number): Float32Array =>
    Float32Array.from({ length: dimensions }, (_, n) => (n === i ? 1 : 0));
  await store.memory.remember(numbered('Locker', 900));
  await store.memory.remember(
    same.flatMap((text, i) =>
      [fact(text), fact(`${text}!`)].map((one) => ({
        ...one,
        embedded: { digest: 'd', vector: vectorOf(i) },
      })),
    ),
  );
  const texts = async (): Promise<string> =>
    hash((await store.memory.list(ada.id, { limit: 10_000 })).map(({ id, text }) => [id, text]));
  const before = await texts();
  const nights = createConsolidation({ facts: store.memory, clock });
  fill(roomBytes);
  const refused = await refusal(() => nights.run(never));
  const meanwhile = (await store.memory.space(ada.id)).current;
  const answers = (await store.memory.worded(ada.id, 'locker 17')).length > 0;
  empty();
  if (refused) await nights.run(never);
  const after = (await store.memory.space(ada.id)).current;
  for (const night of new Set((await nights.nights()).map(({ night: one }) => one))) await nights.undo(night);
  const goesOn = after === 900 + pairs && (await texts()) === before;
  await store.close();
  return { refused, whole: meanwhile >= after, answers, goesOn };
}

async function migration(roomBytes: number): ReturnType<Kind> {
  mkdirSync(home, { recursive: true });
  const file = join(home, 'memory.db');
  const first = { versions: factsSchema.versions.slice(0, 1) };
  const old = openDatabase(file, first);
  const put = old.prepare(
    `INSERT INTO fact (owner, said_by, scope, text, hash, said_at, origin) VALUES (1, 'ada', 'mine', ?, 'h', 1, 'person')`,
  );
  for (const { text } of numbered('Locker', 400)) put.run(text);
  old.close();
  const count = (versions: typeof factsSchema): unknown => {
    const db = openDatabase(file, versions);
    const n = findDamage(db) ?? db.prepare('SELECT count(*) FROM fact').pluck().get();
    db.close();
    return n;
  };
  fill(roomBytes);
  const refused = await refusal(async () => openDatabase(file, factsSchema).close());
  empty();
  const whole = !refused || count(first) === 400;
  return { refused, whole, answers: true, goesOn: count(factsSchema) === 400 };
}

async function backup(roomBytes: number): ReturnType<Kind> {
  const store = await openStore(home);
  await store.memory.remember(numbered('Locker', 2_000));
  const upkeep = createUpkeep({
    ...{ home, store, clock },
    report: (error) => {
      throw error;
    },
  });
  const copies = (): string[] =>
    existsSync(join(home, 'backups'))
      ? readdirSync(join(home, 'backups')).map((name) => join(home, 'backups', name))
      : [];
  fill(roomBytes);
  const refused = await refusal(upkeep.upkeep);
  const whole = copies().length === (refused ? 0 : 1);
  const answers = (await store.memory.worded(ada.id, 'locker 17')).length > 0;
  empty();
  await upkeep.upkeep();
  const [copy = ''] = copies();
  checkDatabase(copy);
  await upkeep.close();
  await store.close();
  return { refused, whole, answers, goesOn: copies().length === 1 };
}

/** The files lie elsewhere: only what is made of them meets the full disk. */
async function reindex(roomBytes: number): ReturnType<Kind> {
  let store = await openStore(home);
  const failures: { code?: string; message: string }[] = [];
  const folder = join(elsewhere, `documents-${roomBytes}`);
  const start = () =>
    createDocuments({
      ...{ store: store.documents, model: fakeEmbedder(), folder, clock },
      report: (error) => void failures.push(error as Error),
    });
  let documents = await start();
  const paragraphs = (word: string, n: number): AsyncIterable<Uint8Array> =>
    (async function* () {
      for (let i = 0; i < n; i += 1) yield Buffer.from(`${word} ${i} says something of its own here.\n\n`);
    })();
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const isReady = async (): Promise<boolean> => (await documents.list(ada))[0]?.status === 'ready';
  const found = async (words: string): Promise<number> => (await documents.search(ada, words)).length;
  const { id } = await documents.accept(ada, 'a.txt', paragraphs('Clause', 40), 'mine');
  await until(isReady);
  await store.store.checkpoint();
  fill(roomBytes);
  const refused = await refusal(() => documents.replace(ada, id, 'a.txt', paragraphs('Section', 3_000)));
  await until(async () => refused !== undefined || failures.length > 0 || (await isReady()));
  const failed = refused ?? failures[0];
  // Of the content before, or, once all of the new one is read, of that.
  const answers = (await found('clause 17')) > 0 || (await found('section 17')) > 0;
  await documents.close();
  await store.close();
  empty();
  store = await openStore(home);
  documents = await start();
  if (refused) await documents.replace(ada, id, 'a.txt', paragraphs('Section', 3_000));
  await until(isReady);
  const goesOn = (await found('section 2999')) > 0 && (await documents.list(ada)).length === 1;
  await documents.close();
  await store.close();
  const db = openDatabase(join(home, 'documents.db'), documentsSchema);
  const whole = findDamage(db) === undefined;
  db.close();
  return {
    refused: failed && { code: failed.code, message: failed.message },
    ...{ whole, answers, goesOn },
  };
}

const kinds: Record<string, Kind> = { insert, consolidation, migration, backup, reindex };
const seen: Seen[] = [];
for (const roomBytes of rooms) {
  rmSync(home, { recursive: true, force: true });
  empty();
  const kind = kinds[what];
  if (!kind) throw new Error(`there is no ${what}`);
  seen.push({ roomBytes, ...(await kind(roomBytes)) });
}
process.stdout.write(JSON.stringify(seen));
