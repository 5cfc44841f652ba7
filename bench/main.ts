/** `npm run bench -- chat`, `-- memory`, `-- documents`, `-- fleet`, `-- update`: measures what we state, prints a table, writes JSON beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { chatBench } from './chat.ts';
import { documentsBench } from './documents.ts';
import { type Figure, table } from './figure.ts';
import { fleetBench } from './fleet.ts';
import { memoryBench } from './memory.ts';
import { updateBench } from './update.ts';

const benches: Record<string, () => AsyncIterable<Figure>> = {
  chat: chatBench,
  memory: memoryBench,
  documents: documentsBench,
  fleet: fleetBench,
  update: updateBench,
};

const name = process.argv[2] ?? '';
const bench = benches[name];
if (!bench) {
  console.error(`Say which: npm run bench -- ${Object.keys(benches).join('|')}`);
  process.exit(2);
}
const figures: Figure[] = [];
for await (const figure of bench()) {
  figures.push(figure);
  console.error(`… ${figure.name}: ${figure.value.toPrecision(4)} ${figure.unit}`);
}
console.log(table(figures));
const folder = join(import.meta.dirname, 'results');
mkdirSync(folder, { recursive: true });
const file = join(folder, `${name}.json`);
const machine = {
  processor: cpus()[0]?.model,
  cores: availableParallelism(),
  memoryBytes: totalmem(),
  node: process.version,
};
writeFileSync(
  file,
  `${JSON.stringify({ bench: name, at: new Date().toISOString(), machine, figures }, null, 2)}\n`,
);
console.log(`\n${file}`);
