/** For a test that kills it: puts one report after the other into a spool, and says each number once it has it. */
import { writeSync } from 'node:fs';
import { openSpool } from './spool.ts';
import { openUplinkFile } from './sqlite.ts';

const spool = openSpool(openUplinkFile(process.argv[2] ?? ''));
for (let n = 0; n < 100_000; n += 1) {
  const seq = spool.put({ kind: 'event', what: `event-${n}` }, { boot: 'boot-1', at: 1, mono: n });
  writeSync(1, `${seq}\n`);
}
