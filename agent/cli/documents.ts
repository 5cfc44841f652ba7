/** `rockpool docs`: adding documents, with what becomes of each; and what is there. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import {
  Document,
  DocumentKind,
  DocumentVersion,
  Folder,
  type FolderBody,
  type FolderProblem,
  Group,
  PassageHit,
} from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Api, nothing } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { day, size, table } from './output.ts';
import { beSure, personCalled } from './people.ts';
import { ByUser, inNameOf, userOption } from './person.ts';

const Documents = z.object({ documents: z.array(Document) });
const Versions = z.object({ versions: z.array(DocumentVersion) });
const Folders = z.object({ folders: z.array(Folder) });
const Groups = z.object({ groups: z.array(Group) });

const Hits = z.object({ hits: z.array(PassageHit) });

const withOption = [
  '--with <whom>',
  "who may find them: 'me', 'office', a group's name; default: me",
] as const;

export function documentCommands(program: Command, kit: Kit): void {
  const docs = program.command('docs').description('documents that answers are found in');

  define(docs, kit, {
    usage: 'add <files...>',
    summary: 'add files and wait until they can be searched',
    options: [userOption, withOption, ['--office', 'the same as --with office (administrators only)']],
    given: ByUser.extend({ with: z.string().default('me'), office: z.boolean().default(false) }),
    examples: [
      'npx rockpool docs add handbook.pdf prices.xlsx --user ada',
      'npx rockpool docs add --office rules/*.docx',
      "npx rockpool docs add plan.pdf --with 'Board'",
    ],
    async run(doing, files, { user, office, with: whom }) {
      const api = await inNameOf(doing, user);
      const sharing = await sharingWith(api, office ? 'office' : whom);
      const documents: Document[] = [];
      for (const [i, file] of files.entries()) {
        doing.signal.throwIfAborted();
        const title = files.length > 1 ? `${file} (${i + 1} of ${files.length})` : file;
        const added = await add(api, file, sharing, doing, title);
        documents.push(added);
        if (!doing.out.json) doing.out.piece(`${summary(added)}\n`);
      }
      doing.out.result({ documents }, () => []);
      return documents.some(({ status }) => status === 'failed') ? exitCodes.failed : undefined;
    },
  });

  define(docs, kit, {
    usage: 'list',
    summary: 'which documents there are',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool docs list --user ada'],
    async run(doing, _args, { user }) {
      const { documents } = await (await inNameOf(doing, user)).request('GET', '/api/documents', Documents);
      doing.out.result({ documents }, () =>
        documents.length === 0
          ? "There are no documents; add some with 'npx rockpool docs add FILES'."
          : table(
              documents.map((one) => [
                String(one.id),
                one.owner,
                one.group?.name ?? one.scope,
                size(one.bytes),
                one.status,
                one.name,
              ]),
            ),
      );
      return undefined;
    },
  });

  define(docs, kit, {
    usage: 'search <words...>',
    summary: 'passages that bear on the words, best first',
    options: [
      userOption,
      ['--in <ids>', 'only in these documents, as 3,5'],
      ['--folder <id>', 'only in what this watched folder holds'],
      ['--kind <kind>', `only of this kind: ${DocumentKind.options.join(', ')}`],
      ['--since <day>', 'only what was added or changed on this day or later, as 2026-03-02'],
      ['--until <day>', 'only what was added or changed on this day or earlier'],
    ],
    given: ByUser.extend({
      in: z.string().optional(),
      folder: z.string().optional(),
      kind: DocumentKind.optional(),
      since: z.string().optional(),
      until: z.string().optional(),
    }),
    examples: [
      'npx rockpool docs search where do visitors park --user ada',
      'npx rockpool docs search notice period --kind pdf --since 2026-01-01 --json',
    ],
    async run(doing, words, { user, in: ids, ...filter }) {
      const query = new URLSearchParams({ q: words.join(' ') });
      for (const id of ids?.split(',') ?? []) query.append('document', id.trim());
      for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
      const { hits } = await (await inNameOf(doing, user)).request(
        'GET',
        `/api/documents/search?${query}`,
        Hits,
      );
      doing.out.result({ hits }, () =>
        hits.length === 0 ? 'Nothing in the documents bears on that.' : hits.flatMap(told),
      );
      return undefined;
    },
  });

  define(docs, kit, {
    usage: 'remove <id>',
    summary: 'remove a document and everything that was read in it',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool docs remove 3 --user ada'],
    async run(doing, [id = ''], { user }) {
      await (await inNameOf(doing, user)).request(
        'DELETE',
        `/api/documents/${encodeURIComponent(id)}`,
        nothing,
      );
      doing.out.result({ removed: Number(id) }, () => `Document ${id} is removed.`);
      return undefined;
    },
  });

  sharingCommands(docs, kit);
  folderCommands(docs, kit);
}

const told = ({ passage: { documentId, page, text }, documentName }: PassageHit): string[] => [
  `${documentName}${page === null ? '' : `, p. ${page}`} (document ${documentId})`,
  `  ${text.replace(/\s+/gu, ' ')}`,
];

function sharingCommands(docs: Command, kit: Kit): void {
  define(docs, kit, {
    usage: 'replace <id> <file>',
    summary: 'a new version of a document, and wait until it can be searched',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool docs replace 3 handbook-2026.pdf --user ada'],
    async run(doing, [id = '', file = ''], { user }) {
      const api = await inNameOf(doing, user);
      const path = `/api/documents/${encodeURIComponent(id)}/file`;
      const document = await send(api, path, file, {}, doing, file);
      doing.out.result(document, () => summary(document));
      return document.status === 'failed' ? exitCodes.failed : undefined;
    },
  });

  define(docs, kit, {
    usage: 'versions <id>',
    summary: 'which contents a document has had',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool docs versions 3 --user ada'],
    async run(doing, [id = ''], { user }) {
      const api = await inNameOf(doing, user);
      const path = `/api/documents/${encodeURIComponent(id)}/versions`;
      const { versions } = await api.request('GET', path, Versions);
      doing.out.result({ versions }, () =>
        table(
          versions.map(({ version, at, by, bytes, sha256, name }) => [
            ...[String(version), day(at), by, size(bytes), sha256.slice(0, 12), name],
          ]),
        ),
      );
      return undefined;
    },
  });

  define(docs, kit, {
    usage: 'share <id> <whom>',
    summary: "who may find a document: 'me', 'office', or a group's name",
    options: [userOption],
    given: ByUser,
    examples: ["npx rockpool docs share 3 'Board' --user ada", 'npx rockpool docs share 3 me'],
    async run(doing, [id = '', whom = ''], { user }) {
      const api = await inNameOf(doing, user);
      const sharing = await sharingWith(api, whom);
      const path = `/api/documents/${encodeURIComponent(id)}`;
      const document = await api.request('PATCH', path, Document, sharing);
      doing.out.result(document, () => `${document.name} is shared with ${whom}.`);
      return undefined;
    },
  });
}

function folderCommands(docs: Command, kit: Kit): void {
  define(docs, kit, {
    usage: 'watch <folder>',
    summary: 'keep documents in step with a folder on this device (administrators only)',
    options: [
      userOption,
      ['--with <whom>', "who may find them: 'me', 'office', a group's name; default: office"],
      ['--for <name>', 'one person whose documents they are'],
    ],
    given: ByUser.extend({ with: z.string().optional(), for: z.string().optional() }),
    examples: [
      'npx rockpool docs watch /srv/office/handbooks',
      "npx rockpool docs watch /srv/office/board --with 'Board'",
      'npx rockpool docs watch /srv/office/ada --for ada',
    ],
    async run(doing, [folder = ''], { user, with: whom, for: person }) {
      if (whom !== undefined && person !== undefined)
        throw new Refusal('bad-request', 'Say --with or --for, not both.');
      const api = await inNameOf(doing, user);
      const sharing =
        person === undefined
          ? await sharingWith(api, whom ?? 'office')
          : { scope: 'mine' as const, person: (await personCalled(api, person)).id };
      const body: FolderBody = { path: resolve(folder), ...sharing };
      const added = await api.request('POST', '/api/folders', Folder, body);
      doing.out.result(
        added,
        () => `${added.path} is watched; 'npx rockpool docs folders' tells how far it is.`,
      );
      return undefined;
    },
  });

  define(docs, kit, {
    usage: 'folders',
    summary: 'which folders are watched, and how far their files are read',
    options: [userOption],
    given: ByUser,
    examples: ['npx rockpool docs folders'],
    async run(doing, _args, { user }) {
      const { folders } = await (await inNameOf(doing, user)).request('GET', '/api/folders', Folders);
      doing.out.result({ folders }, () =>
        folders.length === 0
          ? "No folder is watched; name one with 'npx rockpool docs watch FOLDER'."
          : table(folders.map(folderLine)),
      );
      return undefined;
    },
  });

  define(docs, kit, {
    usage: 'unwatch <id>',
    summary: 'watch a folder no longer; its documents are deleted here, its files stay',
    options: [userOption, ['--yes', 'do not ask']],
    given: ByUser.extend({ yes: z.boolean().default(false) }),
    examples: ['npx rockpool docs unwatch 2 --yes'],
    async run(doing, [id = ''], { user, yes }) {
      const api = await inNameOf(doing, user);
      await beSure(doing, yes, `The documents of folder ${id} will be deleted on the device; its files stay`);
      await api.request('DELETE', `/api/folders/${encodeURIComponent(id)}`, nothing);
      doing.out.result({ removed: Number(id) }, () => `Folder ${id} is watched no longer.`);
      return undefined;
    },
  });
}

const folderProblems: Record<FolderProblem, string> = {
  away: 'it can’t be read; connect its disk again, or allow the device to read it',
  emptied: 'it is empty, and another folder than before; connect its disk again, or unwatch it',
  full: 'the disk of the device is full',
  quota: 'what documents there may take is used up',
  unreadable: 'some files can’t be read; allow the device to read them',
};

function folderLine({ id, path, scope, group, owner, files, ready, failed, skipped, problem }: Folder) {
  const whose = scope === 'mine' ? owner : (group?.name ?? scope);
  const odd = [
    failed > 0 ? `${failed} unreadable` : '',
    skipped > 0 ? `${skipped} skipped` : '',
    problem === null ? '' : folderProblems[problem],
  ];
  return [String(id), whose, `${ready}/${files}`, path, odd.filter(Boolean).join('; ')];
}

/** As people say it: me, the office, or a group by its name. */
async function sharingWith(api: Api, whom: string): Promise<{ scope: Document['scope']; group?: number }> {
  if (whom === 'me' || whom === 'mine') return { scope: 'mine' };
  if (whom === 'office') return { scope: 'office' };
  const { groups } = await api.request('GET', '/api/groups', Groups);
  const fold = (text: string): string => text.trim().normalize('NFKC').toLowerCase();
  const found = groups.find(({ name }) => fold(name) === fold(whom));
  if (found) return { scope: 'group', group: found.id };
  throw new Refusal('not-found', `There is no group called ${whom}; see 'npx rockpool group list'.`);
}

async function add(
  api: Api,
  file: string,
  { scope, group }: { scope: Document['scope']; group?: number },
  doing: Doing,
  title: string,
): Promise<Document> {
  const sharing = { scope, ...(group === undefined ? {} : { group: String(group) }) };
  return await send(api, '/api/documents', file, sharing, doing, title);
}

async function send(
  api: Api,
  to: string,
  file: string,
  more: Record<string, string>,
  doing: Doing,
  title: string,
): Promise<Document> {
  const path = resolve(file);
  const { size: bytes } = await stat(path).catch((cause: unknown) => {
    throw new Refusal('not-found', `There is no file ${file}.`, { cause });
  });
  const query = new URLSearchParams({ name: basename(path).normalize('NFC'), ...more });
  let sent = 0;
  const counted = new Transform({
    transform(piece: Buffer, _encoding, done) {
      sent += piece.length;
      doing.out.progress(bar('sending', bytes === 0 ? 1 : sent / bytes, title));
      done(null, piece);
    },
  });
  const content = createReadStream(path);
  content.on('error', (error) => counted.destroy(error)).pipe(counted);
  const accepted = await api.upload(`${to}?${query}`, counted, Document, doing.signal);
  return await untilRead(api, accepted, doing, title);
}

async function untilRead(
  api: Api,
  accepted: Document,
  { out, signal }: Doing,
  title: string,
): Promise<Document> {
  let document = accepted;
  while (document.status !== 'ready' && document.status !== 'failed') {
    out.progress(bar(document.status, document.progress, title));
    await wait(100, undefined, { signal });
    document = await api.request('GET', `/api/documents/${document.id}`, Document);
  }
  out.progress(undefined);
  return document;
}

function bar(what: string, share: number, title: string): string {
  const full = Math.round(20 * Math.min(1, share));
  return `${'█'.repeat(full)}${'░'.repeat(20 - full)} ${String(Math.round(share * 100)).padStart(3)} % ${what} ${title}`;
}

function summary({ name, status, passages, pages, problem }: Document): string {
  if (status === 'failed') return `${name}: ${problem ?? 'it could not be read.'}`;
  return `${name}: ${pages === null ? '' : `${pages} ${pages === 1 ? 'page' : 'pages'}, `}${passages} ${passages === 1 ? 'passage' : 'passages'}`;
}
