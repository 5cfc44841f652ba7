/**
 * Which tests there are: `unit` runs side by side; `model`, `browser` and `system` (root, the distribution's programs) one file
 * at a time: two cores, llama.cpp's threads spin, and what listens on a fixed port must not meet itself.
 */
import { defineConfig } from 'vitest/config';
import { leftOut } from './tooling/left-out.ts';

const model = [
  'agent/inference/**/*.model.test.ts',
  'agent/test/**/*.model.test.ts',
  'fleet/test/**/*.model.test.ts',
  'evals/**/*.model.test.ts',
];
const browser = ['**/*.browser.test.ts'];
const system = ['**/*.root.test.ts'];
const never = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...never, ...model, ...browser, ...system],
          // Vitest would leave one core for itself, which on two is half of all there is; it only waits.
          maxWorkers: '100%',
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'model',
          include: model,
          exclude: never,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        plugins: [leftOut(/\.browser\.test\.ts$/, process.env['ROCKPOOL_TEST_NO_BROWSER'])],
        test: {
          name: 'browser',
          include: browser,
          exclude: never,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        plugins: [leftOut(/\.root\.test\.ts$/, process.env['ROCKPOOL_TEST_NO_SYSTEM'])],
        test: {
          name: 'system',
          include: system,
          exclude: never,
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
