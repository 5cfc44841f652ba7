/** Which cipher a board gets, and how dear a guess at a typed passphrase is made. Decided from facts; runs nothing. */

export interface BoardSize {
  memoryBytes: number;
  cores: number;
  /** The processor has instructions for AES. */
  aes: boolean;
}

export interface Cipher {
  /** As cryptsetup and the kernel name it. */
  name: string;
  keyBits: number;
  sectorBytes: number;
}

/**
 * AES-256 in XTS, whose key is two keys of 256 bits; where AES would run on tables in software (slow, and readable by
 * the cache timing of other programs) Adiantum, which is made of additions, rotations and exclusive-ors. A sector of 4096 is what
 * flash and ext4 write anyway: an eighth of the calls into the cipher, and for Adiantum one wide block a page.
 */
export function chooseCipher({ aes }: Pick<BoardSize, 'aes'>): Cipher {
  return aes
    ? { name: 'aes-xts-plain64', keyBits: 512, sectorBytes: 4096 }
    : { name: 'xchacha12,aes-adiantum-plain64', keyBits: 256, sectorBytes: 4096 };
}

/** `/proc/cpuinfo` of x86 (`flags`) and of ARM (`Features`): a whole word, for `aes` is part of others. */
export const hasAes = (cpuinfo: string): boolean => /^(?:flags|Features)\s*:.*\baes\b/m.test(cpuinfo);

/** How a key is stretched before it opens a slot. */
export type Stretching =
  | { kind: 'argon2id'; memoryKiB: number; passes: number; lanes: number }
  /** For keys of 128 random bits and more, that nobody can guess at any price: what systemd does with its own. */
  | { kind: 'random-key' };

const mib = 1024;

/**
 * For what a person types. Fixed by the board's size instead of measured: a board that is busy, hot or throttled while
 * it is provisioned would measure itself a weak slot for life. An eighth of the memory is there at boot, before a
 * model is loaded, and from 64 MiB to 1 GiB another machine can open the disk too, when the board has died. Where
 * memory is small, more passes over it: 4 GiB of traffic, at most 16 passes (RFC 9106 asks for 3 over 64 MiB).
 */
export function stretchTyped({ memoryBytes, cores }: Pick<BoardSize, 'memoryBytes' | 'cores'>): Stretching {
  const eighth = Math.floor(memoryBytes / 8 / 1024);
  const memoryKiB = 2 ** Math.floor(Math.log2(Math.min(Math.max(eighth, 64 * mib), 1024 * mib)));
  const passes = Math.min(Math.max(Math.ceil((4 * 1024 * mib) / memoryKiB), 4), 16);
  return { kind: 'argon2id', memoryKiB, passes, lanes: Math.min(Math.max(cores, 1), 4) };
}
