/** `npm test`: brings a fresh clone to where all tests that need no hardware run, and runs them; arguments go to vitest. */
import { join } from 'node:path';
import { prepareBrowser } from './browser.mjs';
import { endLeftovers, leftovers } from './leftovers.mjs';
import { CannotPrepare, install, projectNode, root, web } from './prepare.mjs';
import { runOnNode } from './run-on-node.mjs';
import { prepareSystem } from './system.mjs';

try {
  await install();
  const found = { ...(await prepareBrowser()), ...(await prepareSystem()) };
  for (const why of [found.ROCKPOOL_TEST_NO_BROWSER, found.ROCKPOOL_TEST_NO_SYSTEM].filter(Boolean)) {
    process.stderr.write(`${why}\n`);
  }
  await web();
  process.exitCode = await runTests(process.argv.slice(2), found);
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}

async function runTests(args, found) {
  const run = `${process.pid}-${Date.now()}`;
  const env = { ...process.env, ...found, ROCKPOOL_TEST_RUN: run };
  // A person's own data and settings are no place for tests.
  for (const name of ['HOME', 'HOST', 'PORT', 'NAME', 'MODEL', 'LOG']) delete env[`ROCKPOOL_${name}`];
  const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args];
  const code = await runOnNode(projectNode(), vitest, {
    env,
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const left = await leftovers(`ROCKPOOL_TEST_RUN=${run}`);
  if (left.length === 0) return code;
  await endLeftovers(left);
  process.stderr.write(
    `The tests left running, and it was ended: ${left.map(({ command }) => command).join('; ')}\n`,
  );
  return code === 0 ? 1 : code;
}
