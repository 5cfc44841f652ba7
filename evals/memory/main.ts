/** `npm run eval:memory -- [--embed FILE.gguf] [--tuning] [--small] [--failures] [--json OUT.json]`: measures what memory recalls. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pebbleFiles, startPebble } from '../../agent/inference/start-pebble.ts';
import { table } from '../../bench/figure.ts';
import { cachedEmbedder } from './cached-embedder.ts';
import { measureMemory } from './memory-eval.ts';
import { forEvaluation, forTuning, makeOffice, smallOffice, wholeOffice } from './office.ts';
import { failureText, figuresOf, scoreTable } from './report.ts';

const { values } = parseArgs({
  options: {
    embed: { type: 'string' },
    tuning: { type: 'boolean', default: false },
    small: { type: 'boolean', default: false },
    failures: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const embedModel = values.embed === undefined ? pebbleFiles.embedModel : resolve(values.embed);
const pebble = await startPebble({ embedModel, sequences: 1, contextTokens: 512 });
const model = cachedEmbedder(pebble.model, tmpdir());
try {
  const office = makeOffice(
    values.small ? smallOffice : wholeOffice,
    values.tuning ? forTuning : forEvaluation,
  );
  const progress = (done: number, of: number): void => {
    model.keep();
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} told   `);
  };
  const measured = await measureMemory({ model, office, progress });
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (values.failures) console.log(`${measured.failures.map(failureText).join('\n\n')}\n`);
  const { digest, dimensions } = model.embedding;
  console.log(`${basename(embedModel)} (${digest.slice(0, 10)}), ${dimensions} dimensions\n`);
  console.log(`${scoreTable(measured)}\n\n${table(figuresOf(measured))}`);
  if (values.json !== undefined) {
    const written = { at: new Date().toISOString(), digest, ...measured };
    writeFileSync(values.json, `${JSON.stringify(written, null, 2)}\n`);
  }
} finally {
  model.keep();
  await pebble.stop();
}
