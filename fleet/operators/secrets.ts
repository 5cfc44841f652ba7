/** Secrets that this room hands out: made at random, shown once, kept as their SHA-256 only. */
import { createHash, randomBytes } from 'node:crypto';

/** 256 bits, so that nobody guesses one and a plain hash is enough. */
export const createSecret = (): string => randomBytes(32).toString('base64url');

/** Recognisable in a log or a repository, so that a leaked one is found. */
export const createApiKey = (): string => `rpf-${createSecret()}`;

export const hintOf = (key: string): string => `${key.slice(0, 6)}…${key.slice(-4)}`;

export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
