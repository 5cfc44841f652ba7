/** For a test that kills it: a process that tidies, migrates or copies a memory, and says when it begins. */
import { join } from 'node:path';
import { createConsolidation } from '../memory/consolidation/consolidation.ts';
import { factsSchema } from '../memory/facts.ts';
import { openDatabase } from './sqlite.ts';
import { openStore } from './store.ts';
import { createUpkeep } from './upkeep.ts';

const [home = '', what = ''] = process.argv.slice(2);
const clock = { now: () => Date.now() };

const deeds: Record<string, () => Promise<void>> = {
  async consolidation() {
    const store = await openStore(home);
    process.send?.('begun');
    await createConsolidation({ facts: store.memory, clock }).run(new AbortController().signal);
    await store.close();
  },
  async migration() {
    process.send?.('begun');
    openDatabase(join(home, 'memory.db'), factsSchema).close();
  },
  async backup() {
    const store = await openStore(home);
    process.send?.('begun');
    const report = (error: unknown): void => {
      throw error;
    };
    const upkeep = createUpkeep({ home, store, clock, report });
    await upkeep.upkeep();
    await upkeep.close();
    await store.close();
  },
};
const run = deeds[what];
if (!run) throw new Error(`there is no ${what}`);
await run();
process.send?.('done');
