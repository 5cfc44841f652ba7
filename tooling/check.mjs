/** `npm run check`: format, lint, types, architecture, documentation, and what may not be in the repository. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CannotPrepare, install, projectNode, root } from './prepare.mjs';

const maxWeightsBytes = 24 * 1024 * 1024;

const checks = {
  'format and lint': () =>
    onNode('node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'),
  types: () => onNode('node_modules/typescript/bin/tsc', '-p', '.'),
  'architecture and documentation': () =>
    onNode(
      'node_modules/vitest/vitest.mjs',
      'run',
      '--reporter=dot',
      '--project',
      'unit',
      'architecture.test.ts',
      'tooling/documentation.test.ts',
    ),
  'lock file': () => {
    const lines = readFileSync(join(root, 'package-lock.json'), 'utf8').split('\n');
    return lines
      .filter((line) => /"resolved": "(?:https?|git)/.test(line))
      .map((line) => `names a registry:${line}`);
  },
  weights: () =>
    filesUnder('models')
      .filter((file) => statSync(join(root, file)).size > maxWeightsBytes)
      .map((file) => `${file} is larger than 24 MB`),
};

try {
  await install();
  const failed = Object.entries(checks).filter(([name, check]) => !passes(name, check));
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}

function passes(name, check) {
  const problems = check();
  process.stdout.write(problems.length === 0 ? `✓ ${name}\n` : `✗ ${name}\n${problems.join('\n')}\n`);
  return problems.length === 0;
}

/** @returns what the tool printed if it failed, else nothing */
function onNode(...args) {
  const env = { ...process.env, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(projectNode(), args, {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return status === 0 ? [] : [`${stdout}${stderr}`.trim() || `it ended with ${status}`];
}

function filesUnder(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !(entry.parentPath ?? entry.path).includes('node_modules'))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(root.length + 1));
}
