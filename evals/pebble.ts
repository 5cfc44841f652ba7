/** `npm run eval:pebble`: asks the built-in chat model all hand-written cases, prints a table beside its goals and what went wrong. */
import { writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { parseArgs } from 'node:util';
import { startPebble } from '../agent/inference/start-pebble.ts';
import { table } from '../bench/figure.ts';
import { createAsk } from './ask.ts';
import { type Group, groups, loadCases, loadTools } from './cases.ts';
import { failure, figuresOf, type Result } from './figures.ts';
import { isRight, score } from './score.ts';

const usage = `npm run eval:pebble -- [--chat FILE.gguf] [--group ${groups.join('|')}]… [--json OUT.json]`;

const { chat, group, json } = options();
const pebble = await startPebble({ sequences: 2, ...(chat === undefined ? {} : { chatModel: chat }) });
const about = await pebble.model.ready;
const results: Result[] = [];
try {
  const ask = createAsk(pebble.model, loadTools());
  for (const wanted of loadCases(group)) {
    const asked = await ask(wanted);
    results.push({ wanted, asked, verdict: score(wanted, asked) });
    process.stderr.write(`\r${results.length} ${wanted.id}          `);
  }
} finally {
  await pebble.stop();
}
process.stderr.write('\n');

const figures = figuresOf(results);
const wrong = results.filter(({ verdict }) => !isRight(verdict));
console.log(wrong.map(failure).join('\n\n'));
console.log(
  `\n${basename(chat ?? about.file)} (${about.digest.slice(0, 10)}), a window of ${about.contextTokens} tokens\n`,
);
console.log(table(figures));
if (json !== undefined) {
  const answers = results.map(({ wanted, asked, verdict }) => ({
    id: wanted.id,
    right: isRight(verdict),
    ...verdict,
    ...asked,
  }));
  const written = { at: new Date().toISOString(), file: about.file, digest: about.digest, figures, answers };
  writeFileSync(json, `${JSON.stringify(written, null, 2)}\n`);
}

function options(): { chat: string | undefined; group: readonly Group[]; json: string | undefined } {
  try {
    const { values } = parseArgs({
      options: {
        chat: { type: 'string' },
        group: { type: 'string', multiple: true },
        json: { type: 'string' },
      },
    });
    const chosen = groups.filter((each) => values.group?.includes(each) ?? true);
    if (chosen.length < (values.group?.length ?? 1)) throw new TypeError('There is no such group.');
    return { chat: values.chat, group: chosen, json: values.json };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    process.exit(2);
  }
}
