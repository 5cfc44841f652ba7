/** `node evals/retrieval-main.ts [--embed FILE.gguf] [--json OUT.json] [--brief]`: measures an embedder on the pairs and prints the tables. */
import { writeFileSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pebbleFiles, startPebble } from '../agent/inference/start-pebble.ts';
import { table } from '../bench/figure.ts';
import { measureRetrieval } from './retrieval.ts';
import { retrievalFailure, retrievalFigures, retrievalTable } from './retrieval-report.ts';

const { values } = parseArgs({
  options: {
    embed: { type: 'string' },
    json: { type: 'string' },
    brief: { type: 'boolean', default: false },
  },
});
const embedModel = values.embed === undefined ? pebbleFiles.embedModel : resolve(values.embed);
const pebble = await startPebble({ embedModel, sequences: 1, contextTokens: 512 });
try {
  const { embed, embedding } = pebble.model;
  const progress = (done: number, of: number): void => {
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${of} texts   `);
  };
  const measured = await measureRetrieval({ embed, embedding, progress });
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (!values.brief) console.log(`${measured.failures.map(retrievalFailure).join('\n\n')}\n`);
  console.log(
    `${basename(embedModel)} (${embedding.digest.slice(0, 10)}), ${embedding.dimensions} dimensions\n`,
  );
  console.log(`${retrievalTable(measured)}\n\n${table(retrievalFigures(measured))}`);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(measured, null, 2)}\n`);
} finally {
  await pebble.stop();
}
