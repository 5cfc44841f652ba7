/** Stories on an emulated appliance: one after the other, each in its own time; never among the unit tests. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'hil',
    include: ['stories/*.story.ts'],
    fileParallelism: false,
    // An emulated processor takes minutes for what a board does in seconds, and more where others work beside it.
    testTimeout: 1_800_000,
    hookTimeout: 1_800_000,
    teardownTimeout: 60_000,
    bail: 0,
  },
});
