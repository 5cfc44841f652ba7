/** Which tests there are: `unit` runs side by side, `model` and `browser` one file at a time (two cores; llama.cpp threads spin). */
import { defineConfig } from 'vitest/config';
import { withoutBrowser } from './tooling/without-browser.ts';

const model = [
  'agent/inference/**/*.model.test.ts',
  'agent/test/**/*.model.test.ts',
  'evals/**/*.model.test.ts',
];
const browser = ['**/*.browser.test.ts'];
const never = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...never, ...model, ...browser],
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
        plugins: [withoutBrowser()],
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
    ],
  },
});
