/** What a person did through a route, in the audit log before they are told how it ended. */
import type { FastifyRequest } from 'fastify';
import type { Audit, AuditEntry } from '../audit/log.ts';
import { toRefusal } from './error.ts';

/** What only the result tells: whose deed it was when nobody was signed in before, which row it made. */
export type Told = Pick<AuditEntry, 'detail'> & { person?: number };

/**
 * Runs `deed` and records its outcome: `done`, or the code of the refusal.
 * Attempts that the throttle turned away are not recorded: those that closed it are, and whoever knocks a thousand
 * times must not fill the disk.
 */
export async function audited<T>(
  audit: Audit,
  request: FastifyRequest,
  action: string,
  deed: () => Promise<T>,
  tell: (result: T | undefined) => Told = () => ({}),
): Promise<T> {
  const record = async (outcome: string, { person, detail }: Told): Promise<void> => {
    const asker = request.principal;
    await audit.record({
      requestId: request.id,
      person: person ?? asker?.person.id ?? null,
      via: asker?.via ?? 'none',
      action,
      outcome,
      ...(detail ? { detail } : {}),
    });
  };
  let result: T;
  try {
    result = await deed();
  } catch (error) {
    const { code } = toRefusal(error);
    if (code !== 'too-many-requests' && code !== 'busy') await record(code, tell(undefined));
    throw error;
  }
  await record('done', tell(result));
  return result;
}
