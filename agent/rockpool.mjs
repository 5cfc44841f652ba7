#!/usr/bin/env node
/** The launcher, on whatever Node ≥ 20 is there: installs what is missing, then starts the agent on the project's Node. */
import { join } from 'node:path';
import { CannotPrepare, install, isNewEnough, projectNode, root, web } from '../tooling/prepare.mjs';
import { runOnNode } from '../tooling/run-on-node.mjs';

const [first, ...rest] = process.argv.slice(2);
const serves = first === 'serve';
const [program, args] =
  first === '--run' ? [rest[0] ?? '', rest.slice(1)] : ['agent/main.ts', process.argv.slice(2)];

try {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new CannotPrepare(`Rockpool starts on Node 20 or newer; this is ${process.version}.`);
  }
  // Only a start for people talks about it everywhere; a command's output may be read by a program.
  await install(serves ? 'always' : 'terminal');
  if (serves) await web();
  await start(join(root, program), args);
} catch (error) {
  if (!(error instanceof CannotPrepare)) throw error;
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
}

/** In this process's place where Node can do that, else in a child. */
async function start(file, args) {
  const env = {
    ...process.env,
    // Types are stripped and compiled once, not at every start; where it can't be written, Node does without.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(root, 'node_modules/.cache/rockpool'),
    // glibc would keep a heap for every thread.
    MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
  };
  // A small young generation saves some 40 MB, which a model can use; half of this is collected within every question.
  const all = ['--max-semi-space-size=2', file, ...args];
  const node = isNewEnough() ? process.execPath : projectNode();
  if (process.execve) process.execve(node, [node, ...all], env);
  process.exitCode = await runOnNode(node, all, { env });
}
