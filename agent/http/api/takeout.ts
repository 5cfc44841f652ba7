/** All that the device knows about whoever asks, as one file: for programs as JSON, to be read as Markdown. */
import type { SessionWithMessages } from '@rockpool/protocol/chat';
import type { ExportedFact, MemoryExport } from '@rockpool/protocol/memory';
import { exportSession } from '../../conversation/export.ts';
import type { Sessions } from '../../conversation/parts.ts';

type Chats = Pick<Sessions, 'list' | 'get' | 'getAll'>;

/** Archived ones too, one after the other: years of chats are more than one wants to hold at once. */
async function* chatsOf(sessions: Chats, person: number, read: 'get' | 'getAll') {
  for (const archived of [false, true]) {
    for (const { id } of await sessions.list(person, archived)) yield await sessions[read](person, id);
  }
}

/** What `memory import` reads, and the chats beside it. */
export async function* asJson(
  memory: MemoryExport,
  sessions: { table: Chats; person: number } | undefined,
): AsyncGenerator<string> {
  const { facts, ...about } = memory;
  yield `${JSON.stringify(about).slice(0, -1)},"facts":[`;
  for (const [i, fact] of facts.entries()) yield `${i === 0 ? '' : ','}\n${JSON.stringify(fact)}`;
  yield '\n]';
  if (sessions) {
    yield ',"sessions":[';
    let first = true;
    for await (const chat of chatsOf(sessions.table, sessions.person, 'getAll')) {
      yield `${first ? '' : ','}\n${JSON.stringify(chat)}`;
      first = false;
    }
    yield '\n]';
  }
  yield '}\n';
}

export async function* asMarkdown(
  memory: MemoryExport,
  name: string,
  sessions: { table: Chats; person: number; all: boolean },
): AsyncGenerator<string> {
  const listed = [false, true].map((archived) => sessions.table.list(sessions.person, archived));
  const titles = new Map((await Promise.all(listed)).flat().map(({ id, title }) => [id, title]));
  const current = memory.facts.filter(({ supersededAt }) => supersededAt === null);
  const past = memory.facts.filter(({ supersededAt }) => supersededAt !== null);
  const texts = new Map(memory.facts.map(({ id, text }) => [id, text]));
  yield `# What Rockpool knows about ${line(name)}\n\nAs of ${moment(memory.exportedAt)}.\n`;
  yield `\n## Remembered (${current.length})\n\n`;
  for (const fact of current) yield factLines(fact, texts, titles);
  yield `\n## Replaced or ended (${past.length})\n\n`;
  for (const fact of past) yield factLines(fact, texts, titles);
  if (!sessions.all) return;
  yield '\n## Chats\n';
  for await (const chat of chatsOf(sessions.table, sessions.person, 'get')) yield `\n${chapter(chat)}`;
}

const origins = {
  owner: 'your own word',
  agent: 'drawn from what you said',
  untrusted: 'written by others and not confirmed; it is not used',
  system: "the device's own",
} as const;

function factLines(
  fact: ExportedFact,
  texts: ReadonlyMap<number, string>,
  titles: ReadonlyMap<string, string>,
): string {
  const { supersededAt, supersededBy, validFrom, validUntil, evidence = [], uses = 0 } = fact;
  const newer = supersededBy === null ? undefined : texts.get(supersededBy);
  const about = [
    `said by ${line(fact.saidBy)}, ${moment(fact.saidAt)}`,
    ...(fact.recordedAt !== undefined && fact.recordedAt !== fact.saidAt
      ? [`known here since ${moment(fact.recordedAt)}`]
      : []),
    ...(fact.origin ? [origins[fact.origin]] : []),
    ...(validFrom == null ? [] : [`holds since ${moment(validFrom)}`]),
    ...(validUntil == null ? [] : [`held until ${moment(validUntil)}`]),
    ...(supersededAt === null
      ? []
      : [`replaced ${moment(supersededAt)}${newer ? ` by: ${line(newer)}` : ''}`]),
    ...evidence.map(({ sessionId, at }) => {
      const title = titles.get(sessionId);
      return title === undefined
        ? `from a chat that was deleted, ${moment(at)}`
        : `from the chat “${line(title) || 'without a title'}”, ${moment(at)}`;
    }),
    ...(uses > 0 ? [`brought to a question ${uses} times`] : []),
  ];
  return `- ${line(fact.text)}\n${about.map((one) => `  - ${one}\n`).join('')}`;
}

/** Its headings two levels down, so that the whole is one document. */
const chapter = (chat: SessionWithMessages): string =>
  exportSession(chat, 'markdown', 0).content.replace(/^(#{1,4}) /gmu, '##$1 ');

const moment = (at: number): string => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** On one line, and no mark-up of its own: what was said must not become a heading or a link of the file. */
const line = (text: string): string =>
  text
    .replace(/\s+/gu, ' ')
    .trim()
    .replace(/[\\`*_{}[\]<>#|!]/gu, '\\$&');
