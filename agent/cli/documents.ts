/** `rockpool docs`: adding documents, with what becomes of each; and what is there. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Transform } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { Document } from '@rockpool/protocol/documents';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Api, nothing } from './api.ts';
import { type Doing, define, type Kit } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import { size, table } from './output.ts';
import { ByUser, inNameOf, userOption } from './person.ts';

const Documents = z.object({ documents: z.array(Document) });

export function documentCommands(program: Command, kit: Kit): void {
  const docs = program.command('docs').description('documents that answers are found in');

  define(docs, kit, {
    usage: 'add <files...>',
    summary: 'add files and wait until they can be searched',
    options: [userOption, ['--office', 'for everyone (administrators only)']],
    given: ByUser.extend({ office: z.boolean().default(false) }),
    examples: [
      'npx rockpool docs add handbook.pdf prices.xlsx --user ada',
      'npx rockpool docs add --office rules/*.docx',
    ],
    async run(doing, files, { user, office }) {
      const api = await inNameOf(doing, user);
      const documents: Document[] = [];
      for (const [i, file] of files.entries()) {
        doing.signal.throwIfAborted();
        const title = files.length > 1 ? `${file} (${i + 1} of ${files.length})` : file;
        const added = await add(api, file, office ? 'office' : 'mine', doing, title);
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
                one.scope,
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
}

async function add(
  api: Api,
  file: string,
  scope: Document['scope'],
  doing: Doing,
  title: string,
): Promise<Document> {
  const path = resolve(file);
  const { size: bytes } = await stat(path).catch((cause: unknown) => {
    throw new Refusal('not-found', `There is no file ${file}.`, { cause });
  });
  const query = new URLSearchParams({ name: basename(path).normalize('NFC'), scope });
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
  const accepted = await api.upload(`/api/documents?${query}`, counted, Document, doing.signal);
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
