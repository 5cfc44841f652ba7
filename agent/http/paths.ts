/** Which methods stand under which path, to tell "not this way" (405) from "not here" (404). */
import type { App } from './app.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** What a path can be asked for by; none when nobody serves it. */
    methodsUnder(path: string): string[];
  }
}

/** Before the routes: Fastify finds a route by its pattern, not by a path, so they are noted as they come. */
export function watchPaths(app: App): void {
  const routes: { pattern: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: toPattern(url), methods: [method].flat() });
  });
  app.decorate('methodsUnder', (path) => {
    const found = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return [...new Set(found)].sort();
  });
}

/** `/api/people/:id` and `/files/*` as Fastify reads them. */
function toPattern(url: string): RegExp {
  const parts = url.split(/(:\w+|\*)/).map((part, i) => {
    if (i % 2 === 0) return RegExp.escape(part);
    return part === '*' ? '.*' : '[^/]+';
  });
  return new RegExp(`^${parts.join('')}$`);
}
