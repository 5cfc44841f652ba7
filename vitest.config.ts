/**
 * Which tests there are: `unit`, `browser` and `apart` (root, on servers of their own) run two at a time; `model` and
 * `system` (root, the distribution's programs) one file at a time: two cores, llama.cpp's threads spin, and what listens on
 * a fixed port must not meet itself.
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
/** Databases, brokers and file systems of their own: of these two may run at once. */
const apart = ['fleet/**/*.root.test.ts', 'agent/update/**/*.root.test.ts'];
const never = ['**/node_modules/**', '**/dist/**'];

/** What is looked for comes when it comes: a machine that is busy is no failure. */
const patient = { poll: { timeout: 15_000 } };

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
          expect: patient,
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
          expect: patient,
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
          maxWorkers: '100%',
          testTimeout: 120_000,
          expect: patient,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
      {
        plugins: [leftOut(/\.root\.test\.ts$/, process.env['ROCKPOOL_TEST_NO_SYSTEM'])],
        test: {
          name: 'apart',
          include: apart,
          exclude: never,
          maxWorkers: '100%',
          testTimeout: 120_000,
          expect: patient,
          hookTimeout: 120_000,
          sequence: { groupOrder: 3 },
        },
      },
      {
        plugins: [leftOut(/\.root\.test\.ts$/, process.env['ROCKPOOL_TEST_NO_SYSTEM'])],
        test: {
          name: 'system',
          include: system,
          exclude: [...never, ...apart],
          fileParallelism: false,
          testTimeout: 120_000,
          expect: patient,
          hookTimeout: 120_000,
          sequence: { groupOrder: 4 },
        },
      },
    ],
  },
});
