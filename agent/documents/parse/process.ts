/** The reading process: one file in, its passages out, then it ends. It is given no secrets, no network, and only this file. */
import { readFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { type PassageText, passages } from '../passages.ts';
import type { ReadEvent, ReadRequest } from './messages.ts';
import { parseFile } from './parse.ts';
import { asProblem } from './problem.ts';

const passagesAtOnce = 100;

process.once('message', (request: ReadRequest) => {
  void read(request).then(() => process.disconnect?.());
});

async function read(request: ReadRequest): Promise<void> {
  // Whoever is being answered goes first.
  setPriority(10);
  try {
    for await (const event of events(request)) await send(event);
  } catch (cause) {
    const { problem, message } = asProblem(cause);
    await send({ type: 'problem', problem, sentence: message });
  }
}

async function* events({ file, name, limits, passageLetters }: ReadRequest): AsyncGenerator<ReadEvent> {
  const { kind, pages, blocks } = await parseFile(await readFile(file), name, limits);
  yield { type: 'kind', kind, pages };
  let batch: PassageText[] = [];
  for await (const passage of passages(blocks, passageLetters)) {
    batch.push(passage);
    if (batch.length < passagesAtOnce) continue;
    yield { type: 'passages', passages: batch };
    batch = [];
  }
  if (batch.length > 0) yield { type: 'passages', passages: batch };
  yield { type: 'read' };
}

/** Waits until the agent has it, so that a long file does not pile up here. */
function send(event: ReadEvent): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(event, undefined, undefined, (error) => (error ? reject(error) : resolve()));
  });
}
