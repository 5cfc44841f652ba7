/** What a disk refused, as one of the reasons that are told. */
import { UpdateError } from '../parts.ts';

/** Errors of the operating system become reasons; whatever else it is stays what it is. */
export function asDiskError(cause: unknown, deed: string): unknown {
  if (cause instanceof UpdateError) return cause;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined;
  if (code === undefined || !/^E[A-Z0-9]+$/.test(code)) return cause;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new UpdateError('no-space', `The disk is full: ${deed}.`, { cause })
    : new UpdateError('disk', `The disk refuses (${code}): ${deed}.`, { cause });
}

export async function onDisk<T>(deed: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw asDiskError(cause, deed);
  }
}
