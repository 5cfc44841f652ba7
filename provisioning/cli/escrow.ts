/** `escrow open` and `escrow restore`: how the operator's copy of a header comes back to a disk that lost it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { Refusal } from '@rockpool/protocol/refusal';
import type { Command } from 'commander';
import { z } from 'zod';
import { examineBackup, openEscrow, restoreHeader } from '../disk/escrow.ts';
import { readLuksHeader } from '../disk/luks-header.ts';
import { isName } from '../disk/wipe.ts';
import { blkidArguments, describe, parseBlkid } from '../facts/content.ts';
import type { DiskFacts, Facts } from '../facts/facts.ts';
import { nameOf } from '../steps/step.ts';
import { type Doing, define, defineAnywhere, type Kit } from './kit.ts';
import { atConsole } from './person.ts';

/** What `rockpool-fleet escrow create` wrote. */
const KeyFile = z.strictObject({
  version: z.literal(1),
  kind: z.literal('rockpool-escrow'),
  privateKey: z.base64(),
  publicKey: z.base64(),
});

export function escrowCommands(program: Command, kit: Kit): void {
  const escrow = program
    .command('escrow')
    .description('the operator’s copy of a disk’s header, for a disk whose own is damaged');

  defineAnywhere<{ key?: string; out?: string }>(escrow, kit, {
    usage: 'open <sealed>',
    summary:
      'opens a copy that `rockpool-fleet escrow export` wrote; best where the escrow key is, on no device',
    options: [
      ['--key <file>', 'the escrow key, as `rockpool-fleet escrow create` wrote it'],
      ['--out <file>', 'where the header goes'],
    ],
    examples: ['npx rockpool-provision escrow open leeds.sealed --key escrow.key --out leeds.header'],
    async run({ out }, { key, out: to }, [sealed = '']) {
      if (!key || !to)
        throw new Refusal(
          'bad-request',
          'Name the escrow key with --key, and with --out where the header goes.',
        );
      const { backup, uuid, digest } = await openEscrow(readGiven(sealed).toString('base64'), readKey(key));
      writeNew(to, backup);
      out.note(
        `${to} opens no disk by itself; but with a recovery key that was replaced since, it does. Delete it when it was used.`,
      );
      out.result({ uuid, digest, file: to }, () => [
        `${to} holds the header of disk ${uuid}; its digest is ${digest}.`,
      ]);
      return undefined;
    },
  });

  define(escrow, kit, {
    usage: 'restore <header>',
    summary:
      'writes an opened copy back to the data partition, whose own header is damaged or an older state of the same',
    examples: ['npx rockpool-provision escrow restore leeds.header'],
    async run(doing, _, [header = '']) {
      const { parts, config, streams, signal, out } = doing;
      const backup = readGiven(header);
      const { uuid } = examineBackup(backup);
      const world = parts.openWorld();
      const facts = await world.look(config);
      const disk = await restorable(doing, facts, uuid);
      const name = nameOf(facts, config);
      out.note(
        `- Write the header of disk ${uuid} to ${disk.path}. Keys that were made since the copy open it no more; those that were replaced since open it again.`,
      );
      const typed = await atConsole(streams).ask(`Type the device’s name (${name}) to do this: `, signal);
      if (!isName(typed, name))
        throw new Refusal('bad-request', `“${typed.trim()}” was typed, not ${name}; nothing was touched.`);
      await restoreHeader(parts.run, disk.path, backup, world.memoryFolder());
      parts.tellDisk(await world.look(config));
      out.result({ uuid, disk: disk.path }, () => [
        `${disk.path} has its header again. Start the device anew; if the board doesn’t open the disk, enter the recovery key on its page.`,
        'Then look at the drive’s health, and run `rockpool-provision apply`, which leaves a copy of the header as it is then.',
      ]);
      return undefined;
    },
  });
}

/**
 * A header that is damaged, or gone; or one of the same disk. What anybody would call something else is somebody's.
 * @throws Refusal before anything is touched
 */
async function restorable({ parts }: Doing, { disk, volume }: Facts, uuid: string): Promise<DiskFacts> {
  if (!disk)
    throw new Refusal('not-found', 'There is no data partition to write a header to. Check disk.data.');
  const { path, content, usedAt } = disk;
  const other = (what: string): Refusal =>
    new Refusal(
      'conflict',
      `${path} ${what}, and this is the header of disk ${uuid}; nothing was touched. Check disk.data, and that the copy is of this device.`,
    );
  if (content.kind === 'luks2' && content.header.uuid !== uuid) throw other(`is disk ${content.header.uuid}`);
  // Open, and its header damaged since: the kernel knows whose it was.
  if (volume?.on.includes(disk.kernelName) && !volume.dmUuid.includes(uuid.replaceAll('-', '')))
    throw other(`is open as ${volume.dmUuid}`);
  if (usedAt.length > 0) throw other(`is in use at ${usedAt.join(', ')}`);
  if (content.kind === 'luks2' || (await readLuksHeader(path)).state === 'lost') return disk;
  const signature = parseBlkid(await parts.run('blkid', blkidArguments(path)));
  if (signature) throw other(`holds ${describe(signature)}`);
  return disk;
}

function readKey(file: string): string {
  const parsed = KeyFile.safeParse(jsonOf(readGiven(file).toString('utf8')));
  if (parsed.success) return parsed.data.privateKey;
  throw new Refusal(
    'bad-request',
    `${file} is no escrow key. Name the file that \`rockpool-fleet escrow create\` wrote.`,
  );
}

/** Undefined for what is none: its schema then says so. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readGiven(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new Refusal('bad-request', `${file} can’t be read. Check its name.`, { cause });
  }
}

function writeNew(file: string, bytes: Uint8Array): void {
  try {
    writeFileSync(file, bytes, { flag: 'wx', mode: 0o600, flush: true });
  } catch (cause) {
    const isThere = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    throw new Refusal(
      isThere ? 'conflict' : 'failed',
      `${file} ${isThere ? 'is there already; name another file' : 'could not be written. Check its folder, and that there is room'}.`,
      { cause },
    );
  }
}
