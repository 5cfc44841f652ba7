/** `rockpool memory`: what is remembered, seen, moved and forgotten. */

import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fact, FactKind, MemoryExport } from '@rockpool/protocol/memory';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { syncFile, syncFolder } from '../host/files.ts';
import { nothing } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { memoryNightCommands } from './memory-nights.ts';
import { memorySpaceCommands } from './memory-spaces.ts';
import { day, size, table } from './output.ts';
import { beSure } from './people.ts';
import { ByUser, inNameOf, userOption } from './person.ts';
import { readAll } from './stdin.ts';

const Facts = z.object({ facts: z.array(Fact) });
const Imported = z.object({ added: z.int(), skipped: z.int() });
const maxImportBytes = 64 * 1024 * 1024;
/** More is for a file. */
const maxShownBytes = 256 * 1024 * 1024;

const narrowing = [
  ['--kind <kind>', `only of this kind: ${FactKind.options.join(', ')}`],
  ['--since <day>', 'only what was said on this day or later, as 2026-03-02'],
  ['--until <day>', 'only what was said on this day or earlier'],
  ['--said-by <name>', 'only what this person said'],
] as const satisfies readonly [string, string][];
const Narrowing = ByUser.extend({
  kind: FactKind.optional(),
  since: z.string().optional(),
  until: z.string().optional(),
  saidBy: z.string().optional(),
});

export function memoryCommands(program: Command, kit: Kit): void {
  const memory = program.command('memory').description('what is remembered');
  memorySpaceCommands(memory, kit);
  memoryNightCommands(memory, kit);

  define(memory, kit, {
    usage: 'search <words...>',
    summary: 'facts that have to do with the words, best first',
    options: [userOption, ...narrowing],
    given: Narrowing,
    examples: ['npx rockpool memory search alarm code', 'npx rockpool memory search 报警 --user 王伟 --json'],
    run: (doing, words, { user, ...narrowed }) => list(doing, user, { q: words.join(' '), ...narrowed }),
  });

  define(memory, kit, {
    usage: 'list',
    summary: 'all facts, newest first',
    options: [userOption, ['--history', 'with those that were replaced'], ...narrowing],
    given: Narrowing.extend({ history: z.boolean().default(false) }),
    examples: [
      'npx rockpool memory list --user ada',
      'npx rockpool memory list --kind preference --since 2026-03-02 --json',
    ],
    run: (doing, _args, { user, history, ...narrowed }) =>
      list(doing, user, { history: history ? 'true' : undefined, ...narrowed }),
  });

  define(memory, kit, {
    usage: 'forget [id]',
    summary: 'forget one fact, or everything of a person',
    options: [userOption, ['--all', 'everything'], ['--yes', 'do not ask']],
    given: ByUser.extend({ all: z.boolean().default(false), yes: z.boolean().default(false) }),
    examples: [
      'npx rockpool memory forget 12 --user ada',
      'npx rockpool memory forget --all --user ada --yes',
    ],
    async run(doing, args, { user, all, yes }) {
      const [id] = args;
      if (all === (id !== undefined) || (id !== undefined && !/^\d+$/.test(id)))
        throw new Refusal('bad-request', 'Give the number of one fact, or --all.');
      const api = await inNameOf(doing, user);
      if (id !== undefined) {
        await api.request('DELETE', `/api/memory/${id}`, nothing);
        doing.out.result({ forgotten: 1 }, () => `Fact ${id} is forgotten.`);
        return undefined;
      }
      await beSure(doing, yes, 'Everything that is remembered will be forgotten');
      const answer = await api.request('DELETE', '/api/memory', z.object({ forgotten: z.int() }));
      doing.out.result(answer, () => `${answer.forgotten} facts are forgotten.`);
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'export [file]',
    summary: 'all facts with their history as one document, to a file or to stdout',
    options: [
      userOption,
      ['--format <format>', 'json, which can be imported, or markdown, to be read (default: json)'],
      ['--sessions', 'with all chats: everything the device knows about somebody'],
    ],
    given: ByUser.extend({
      format: z.enum(['json', 'markdown']).default('json'),
      sessions: z.boolean().default(false),
    }),
    examples: [
      'npx rockpool memory export memory.json --user ada',
      'npx rockpool memory export all-about-ada.md --user ada --format markdown --sessions',
      'npx rockpool memory export --user ada | jq .facts',
    ],
    async run(doing, [file], { user, format, sessions }) {
      const api = await inNameOf(doing, user);
      const path = `/api/memory/export?${new URLSearchParams({ format, sessions: String(sessions) })}`;
      const content = await api.download('GET', path, doing.signal);
      if (file !== undefined) {
        const bytes = await saveStream(content, resolve(file), doing.signal);
        doing.out.result({ file: resolve(file), bytes }, () => `Everything is in ${file}, ${size(bytes)}.`);
        return undefined;
      }
      const whole = await readAll(content, maxShownBytes);
      if (format === 'json') doing.out.result(JSON.parse(whole), () => whole.trimEnd());
      else doing.out.result({ markdown: whole }, () => whole.trimEnd());
      return undefined;
    },
  });

  define(memory, kit, {
    usage: 'import <file>',
    summary: 'add the facts of an export; - reads it from stdin',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool memory import memory.json --user ada'],
    async run(doing, [file = ''], { user }) {
      const exported = parseExport(await read(file, doing));
      const answer = await (await inNameOf(doing, user)).request(
        'POST',
        '/api/memory/import',
        Imported,
        exported,
      );
      doing.out.result(answer, () => `${answer.added} facts are added, ${answer.skipped} were known.`);
      return undefined;
    },
  });
}

/** Under its name once it is whole; years of chats are more than one wants to hold at once. */
async function saveStream(content: Readable, path: string, signal: AbortSignal): Promise<number> {
  const partial = `${path}.partial`;
  try {
    await pipeline(content, createWriteStream(partial, { mode: 0o600 }), { signal });
    const { size: bytes } = await stat(partial);
    syncFile(partial);
    await rename(partial, path);
    syncFolder(dirname(path));
    return bytes;
  } catch (cause) {
    await rm(partial, { force: true });
    throw cause;
  }
}

async function list(
  doing: Doing,
  user: string | undefined,
  asked: Readonly<Record<string, string | undefined>>,
): Promise<undefined> {
  const query = new URLSearchParams(
    Object.entries(asked).filter((one): one is [string, string] => one[1] !== undefined),
  );
  const { facts } = await (await inNameOf(doing, user)).request('GET', `/api/memory?${query}`, Facts);
  doing.out.result({ facts }, () =>
    facts.length === 0 ? nothingFound(query.size > (query.has('history') ? 1 : 0)) : table(facts.map(cells)),
  );
  return undefined;
}

const nothingFound = (searched: boolean): string =>
  searched ? 'Nothing like that is remembered.' : 'Nothing is remembered yet.';

const cells = (fact: Fact): string[] => [
  ...[String(fact.id), day(fact.saidAt), fact.saidBy, fact.scope === 'mine' ? '' : fact.scope],
  fact.supersededBy === null ? fact.text : `${fact.text} (replaced by ${fact.supersededBy})`,
];

async function read(file: string, { streams }: Doing): Promise<string> {
  if (file === '-') return await readAll(streams.stdin, maxImportBytes);
  return await readFile(resolve(file), 'utf8').catch((cause: unknown) => {
    throw new Refusal('not-found', `${file} can't be read; give the path of an export.`, { cause });
  });
}

function parseExport(text: string): MemoryExport {
  try {
    return MemoryExport.parse(JSON.parse(text));
  } catch (cause) {
    throw new Refusal('bad-request', "That is not an export of 'npx rockpool memory export'.", { cause });
  }
}
