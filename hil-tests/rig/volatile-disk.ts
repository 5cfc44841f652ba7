/**
 * A drive with a cache that power takes along: a block server (NBD) that keeps what is written in memory until it is told to
 * flush, and then in any order. Killing it is pulling the plug. Run as a program: `volatile-disk.ts FILE SOCKET SEED`.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';

const blockBytes = 4096;
/** Of a hundred blocks that reach the cache, a drive may have written these on by itself when the power goes. */
const earlyPercent = 30;

export interface Cache {
  read(at: number, length: number): Buffer;
  write(at: number, bytes: Buffer): void;
  flush(): void;
}

export function openCache(fd: number, seed: number): Cache {
  const dirty = new Map<number, Buffer>();
  let state = seed;
  // Park and Miller's generator: the same seed loses the same blocks.
  const chance = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state % 100;
  };
  const stored = (block: number): Buffer => {
    const bytes = Buffer.alloc(blockBytes);
    readSync(fd, bytes, 0, blockBytes, block * blockBytes);
    return bytes;
  };
  const eachBlock = (
    at: number,
    length: number,
    visit: (block: number, from: number, to: number, offset: number) => void,
  ): void => {
    for (let done = 0; done < length; ) {
      const block = Math.floor((at + done) / blockBytes);
      const from = at + done - block * blockBytes;
      const to = Math.min(blockBytes, from + length - done);
      visit(block, from, to, done);
      done += to - from;
    }
  };
  return {
    read(at, length) {
      const answer = Buffer.alloc(length);
      readSync(fd, answer, 0, length, at);
      eachBlock(at, length, (block, from, to, offset) => dirty.get(block)?.copy(answer, offset, from, to));
      return answer;
    },
    write(at, bytes) {
      eachBlock(at, bytes.length, (block, from, to, offset) => {
        const held = dirty.get(block) ?? stored(block);
        bytes.copy(held, from, offset, offset + to - from);
        if (chance() < earlyPercent) {
          writeSync(fd, held, 0, blockBytes, block * blockBytes);
          dirty.delete(block);
        } else dirty.set(block, held);
      });
    },
    flush() {
      for (const [block, bytes] of dirty) writeSync(fd, bytes, 0, blockBytes, block * blockBytes);
      dirty.clear();
    },
  };
}

/** Numbers of the NBD protocol (doc/proto.md of NetworkBlockDevice/nbd). */
const option = { exportName: 1, abort: 2, list: 3, info: 6, go: 7 } as const;
const reply = { ack: 1, info: 3, unsupported: 0x80000001 } as const;
const command = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4 } as const;
/** has-flags, send-flush, send-fua, send-trim. */
const features = 1 | 4 | 8 | 32;

function serve(socket: Socket, cache: Cache, size: number): void {
  let pending: Buffer = Buffer.alloc(0);
  let stage: 'flags' | 'options' | 'transfer' = 'flags';
  const hello = Buffer.alloc(18);
  hello.write('NBDMAGICIHAVEOPT', 'latin1');
  hello.writeUInt16BE(3, 16); // fixed newstyle, no zeroes
  socket.write(hello);
  const take = (length: number): Buffer => {
    const taken = pending.subarray(0, length);
    pending = pending.subarray(length);
    return taken;
  };
  const answerOption = (asked: number, type: number, data: Buffer = Buffer.alloc(0)): void => {
    const head = Buffer.alloc(20);
    head.writeBigUInt64BE(0x3e889045565a9n, 0);
    head.writeUInt32BE(asked, 8);
    head.writeUInt32BE(type, 12);
    head.writeUInt32BE(data.length, 16);
    socket.write(Buffer.concat([head, data]));
  };
  const described = (bytes: number, at: number): Buffer => {
    const info = Buffer.alloc(bytes);
    info.writeBigUInt64BE(BigInt(size), at);
    info.writeUInt16BE(features, at + 8);
    return info;
  };
  const takeOption = (): boolean => {
    if (pending.length < 16 || pending.length < 16 + pending.readUInt32BE(12)) return false;
    const asked = pending.readUInt32BE(8);
    take(16 + pending.readUInt32BE(12));
    if (asked === option.exportName) {
      socket.write(described(10, 0));
      stage = 'transfer';
    } else if (asked === option.go || asked === option.info) {
      answerOption(asked, reply.info, described(12, 2));
      answerOption(asked, reply.ack);
      if (asked === option.go) stage = 'transfer';
    } else if (asked === option.abort) {
      answerOption(asked, reply.ack);
      socket.end();
    } else answerOption(asked, reply.unsupported);
    return true;
  };
  const takeCommand = (): boolean => {
    if (pending.length < 28) return false;
    const [flags, type, length] = [
      pending.readUInt16BE(4),
      pending.readUInt16BE(6),
      pending.readUInt32BE(24),
    ];
    const at = Number(pending.readBigUInt64BE(16));
    if (type === command.write && pending.length < 28 + length) return false;
    const answer = Buffer.alloc(16);
    answer.writeUInt32BE(0x67446698, 0);
    take(28).copy(answer, 8, 8, 16);
    if (type === command.disconnect) {
      socket.end();
      return false;
    }
    if (type === command.write) cache.write(at, take(length));
    if (type === command.flush || (flags & 1) === 1) cache.flush();
    socket.write(type === command.read ? Buffer.concat([answer, cache.read(at, length)]) : answer);
    return true;
  };
  socket.on('error', () => socket.destroy()); // the machine on the other side lost its power
  socket.on('data', (piece: Buffer) => {
    pending = pending.length === 0 ? piece : Buffer.concat([pending, piece]);
    if (stage === 'flags' && pending.length >= 4) {
      take(4);
      stage = 'options';
    }
    while (stage === 'options' ? takeOption() : stage === 'transfer' && takeCommand());
  });
}

if (import.meta.main) {
  const [file = '', path = '', seed = '1'] = process.argv.slice(2);
  const fd = openSync(file, 'r+');
  const cache = openCache(fd, Number(seed));
  rmSync(path, { force: true });
  const server = createServer((socket) => serve(socket, cache, fstatSync(fd).size)).listen(path);
  // A shutdown in order is not a power cut.
  process.once('SIGTERM', () => {
    cache.flush();
    fsyncSync(fd);
    closeSync(fd);
    server.close();
    process.exit(0);
  });
}
