/** Waits until every name server of a zone shows a record: what one of them took, the others learn later. */
import { Resolver } from 'node:dns/promises';

const limitMs = 120_000;
const pauseMs = 2_000;

/**
 * @param wait resolves after so long
 * @param resolvers whom to ask for the zone's servers, when it is not whom the system asks
 * @returns a function that returns also when time is up: the authority that asks then says it better than this device could guess
 */
export function settledBy(
  wait: (ms: number, signal: AbortSignal) => Promise<void>,
  resolvers?: readonly string[],
) {
  return async (zone: string, record: string, value: string, signal: AbortSignal): Promise<void> => {
    const servers = await serversOf(zone, resolvers);
    const pending = new Set(servers);
    for (let waitedMs = 0; pending.size > 0 && waitedMs < limitMs; waitedMs += pauseMs) {
      for (const server of pending) if (await shows(server, record, value)) pending.delete(server);
      if (pending.size > 0) await wait(pauseMs, signal);
    }
  };
}

/** Empty where the zone is one that only its own server knows; then there is nothing to wait for. */
async function serversOf(zone: string, resolvers: readonly string[] | undefined): Promise<string[]> {
  const resolver = new Resolver({ timeout: 3_000, tries: 2 });
  if (resolvers) resolver.setServers(resolvers);
  const names = await answered(resolver.resolveNs(zone));
  const addresses = await Promise.all(
    names.map(async (name) => [
      ...(await answered(resolver.resolve4(name))),
      ...(await answered(resolver.resolve6(name))),
    ]),
  );
  return [...new Set(addresses.flatMap((own) => own.slice(0, 1)))];
}

async function shows(server: string, record: string, value: string): Promise<boolean> {
  const resolver = new Resolver({ timeout: 3_000, tries: 1 });
  resolver.setServers([server]);
  const texts = await answered(resolver.resolveTxt(record));
  return texts.some((pieces) => pieces.join('') === value);
}

/** "No such name", "no answer" and "refused" all mean: not there yet. */
const answered = <T>(question: Promise<T[]>): Promise<T[]> => question.catch(() => []);
