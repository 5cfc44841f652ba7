/** Passwords as argon2id hashes in PHC form, so that what one costs can be raised later. */
import { type Argon2Parameters, argon2, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Cost {
  memoryKiB: number;
  passes: number;
}

/**
 * Above OWASP's floor for argon2id (19 MiB, 2 passes). One lane and 32 MiB, because the memory of a Jetson is the
 * model's; hashing is done one at a time, so this is also the most that guessing can take.
 */
export const currentCost: Cost = { memoryKiB: 32 * 1024, passes: 2 };

export interface Passwords {
  /** As a PHC string: `$argon2id$v=19$m=…,t=…,p=1$salt$hash`. */
  hash(password: string): Promise<string>;
  isRight(password: string, stored: string): Promise<boolean>;
  /** The hash cost less than one made today would. */
  isCheap(stored: string): boolean;
  /** Nobody's hash, at today's cost: an unknown name takes as long to refuse as a wrong password. */
  decoy(): string;
}

export function createPasswords(cost: Cost = currentCost): Passwords {
  const phc = (salt: Buffer, tag: Buffer): string =>
    `$argon2id$v=19$m=${cost.memoryKiB},t=${cost.passes},p=1$${unpadded(salt)}$${unpadded(tag)}`;
  return {
    async hash(password) {
      const salt = randomBytes(16);
      return phc(salt, await derive(password, { ...cost, salt, tagLength: 32 }));
    },
    decoy: () => phc(randomBytes(16), randomBytes(32)),
    async isRight(password, stored) {
      const { tag, ...made } = parsePhc(stored);
      return timingSafeEqual(await derive(password, { ...made, tagLength: tag.length }), tag);
    },
    isCheap(stored) {
      const { memoryKiB, passes } = parsePhc(stored);
      return memoryKiB < cost.memoryKiB || passes < cost.passes;
    },
  };
}

interface Derivation extends Cost {
  salt: Buffer;
  tagLength: number;
}

function derive(password: string, { memoryKiB, passes, salt, tagLength }: Derivation): Promise<Buffer> {
  const parameters: Argon2Parameters = {
    // NFKC: the same characters, whatever keyboard or input method wrote them (NIST SP 800-63B §5.1.1.2).
    message: Buffer.from(password.normalize('NFKC')),
    nonce: salt,
    parallelism: 1,
    memory: memoryKiB,
    passes,
    tagLength,
  };
  return new Promise((resolve, reject) => {
    argon2('argon2id', parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}

const phcForm = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

function parsePhc(phc: string): Cost & { salt: Buffer; tag: Buffer } {
  const [, memoryKiB, passes, salt, tag] = phcForm.exec(phc) ?? [];
  if (!salt || !tag) throw new Error('a stored password is not an argon2id hash of ours');
  return {
    memoryKiB: Number(memoryKiB),
    passes: Number(passes),
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

const unpadded = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '');
