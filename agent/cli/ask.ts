/** `rockpool ask`: one question, its answer as it is written, and what it rests on. */

import type { Citation } from '@rockpool/protocol/chat';
import { Frame, Session } from '@rockpool/protocol/chat';
import { Refusal, type RefusalCode, refusals } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from './api.ts';
import { define, type Kit } from './command.ts';
import type { Output } from './output.ts';
import { ByUser, inNameOf, userOption } from './person.ts';
import { readAll } from './stdin.ts';

type Done = Extract<Frame, { type: 'done' }>;

export function askCommand(program: Command, kit: Kit): void {
  define(program, kit, {
    usage: 'ask <question...>',
    summary: 'ask, and read the answer as it is written; - reads the question from stdin',
    options: [userOption, ['--session <id>', 'go on with this chat instead of a new one']],
    given: ByUser.extend({ session: z.string().optional() }),
    examples: [
      'npx rockpool ask "What is the alarm code?"',
      'npx rockpool ask --user ada --json "Where do visitors park?"',
      'cat letter.txt | npx rockpool ask -',
    ],
    async run(doing, words, { user, session }) {
      const text = await question(words, doing.streams.stdin);
      const api = await inNameOf(doing, user);
      const id = session ?? (await api.request('POST', '/api/sessions', Session, {})).id;
      const done = await hear(api, id, text, doing.out, doing.signal);
      const { citations, remembered, outcome } = done.message;
      doing.out.piece('\n');
      const answer = {
        session: id,
        answer: done.message.text,
        outcome,
        citations,
        remembered,
        usage: done.usage,
      };
      doing.out.result(answer, () => citations.map((citation) => doing.out.dim(told(citation))));
      if (!doing.out.json && doing.streams.stderr.isTTY) doing.out.note(`(go on with --session ${id})`);
      return undefined;
    },
  });
}

async function question(words: readonly string[], stdin: Parameters<typeof readAll>[0]): Promise<string> {
  const text = words.length === 1 && words[0] === '-' ? await readAll(stdin, 1024 * 1024) : words.join(' ');
  if (text.trim() === '')
    throw new Refusal('bad-request', "Say what to ask: npx rockpool ask 'Where do visitors park?'");
  return text;
}

async function hear(
  api: Api,
  session: string,
  text: string,
  out: Output,
  signal: AbortSignal,
): Promise<Done> {
  for await (const object of api.stream(
    `/api/sessions/${encodeURIComponent(session)}/turns`,
    { text },
    signal,
  )) {
    const frame = Frame.parse(object);
    out.progress(meanwhile(frame));
    if (frame.type === 'delta') out.piece(frame.text);
    if (frame.type === 'done') return frame;
    if (frame.type === 'failed') throw new Refusal(known(frame.error.code), frame.error.message);
  }
  throw new Refusal('failed', 'The answer broke off; ask again.');
}

function meanwhile(frame: Frame): string | undefined {
  if (frame.type === 'queued')
    return frame.updating
      ? `the model is being updated, place ${frame.place} …`
      : `waiting, place ${frame.place} …`;
  if (frame.type !== 'doing') return undefined;
  return frame.total
    ? `${frame.what}, ${Math.round((100 * (frame.done ?? 0)) / frame.total)} % …`
    : `${frame.what} …`;
}

const told = ({ n, label }: Citation): string => `[${n}] ${label}`;

const known = (code: string): RefusalCode => (code in refusals ? (code as RefusalCode) : 'failed');
