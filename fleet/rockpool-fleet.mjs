#!/usr/bin/env node
/** The launcher, on whatever Node ≥ 20 is there: installs what is missing, builds the dashboard, then starts the controller on the project's Node. */
import { join } from 'node:path';
import { CannotPrepare, install, isNewEnough, projectNode, root, web } from '../tooling/prepare.mjs';
import { runOnNode } from '../tooling/run-on-node.mjs';

try {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new CannotPrepare(`Rockpool starts on Node 20 or newer; this is ${process.version}.`);
  }
  // Only a start for people talks about it everywhere; a command's output may be read by a program.
  const serves = ['serve', 'demo'].includes(process.argv[2]);
  await install(serves ? 'always' : 'terminal');
  if (serves) await web();
  await start([join(root, 'fleet/main.ts'), ...process.argv.slice(2)]);
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}

/** In this process's place where Node can do that, else in a child. */
async function start(args) {
  const env = {
    ...process.env,
    // Types are stripped and compiled once, not at every start; where it can't be written, Node does without.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/rockpool'),
  };
  const node = isNewEnough() ? process.execPath : projectNode();
  if (process.execve) process.execve(node, [node, ...args], env);
  process.exitCode = await runOnNode(node, args, { env });
}
