/** `npm run hil`: builds the image if nothing newer is there, and tells the stories; `--quick` tells the first one only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build } from '../image/build.ts';
import { targetNamed } from '../image/targets.ts';
import { withItsParent } from './rig/processes.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    arch: { type: 'string', default: 'x86_64' },
    'keep-image': { type: 'boolean', default: false },
  },
});
const repository = join(import.meta.dirname, '..');
const cache = join(repository, 'node_modules/.cache/rockpool/image');
const target = `qemu-${values.arch}`;
if (!values['keep-image']) {
  await build({
    ...{ target: targetNamed(target), out: join(repository, 'image/out', target), lab: true },
    ...{ cache, keys: join(cache, 'keys'), tell: (line) => void process.stdout.write(`${line}\n`) },
  });
}
const stories = spawn(
  'setpriv',
  [
    ...withItsParent,
    process.execPath,
    join(repository, 'node_modules/vitest/vitest.mjs'),
    ...['run', '--root', import.meta.dirname, '--config', join(import.meta.dirname, 'vitest.config.ts')],
    ...(values.quick
      ? ['stories/provisions-itself.story.ts', '--testNamePattern', 'set up|without a person']
      : []),
    ...['--reporter', 'verbose'],
    ...positionals,
  ],
  { stdio: 'inherit', env: { ...process.env, ROCKPOOL_HIL_ARCH: values.arch } },
);
const [code, signal] = await once(stories, 'exit');
if (signal) process.stderr.write(`The stories were ended by ${signal}.\n`);
process.exitCode = code ?? 1;
