/** What a browser is told about every answer: the dashboard does what its own files do, and nothing else. */
import { pageHeaders, pagePolicy } from '@rockpool/protocol/page-headers';
import type { App } from './app.ts';

export const contentSecurityPolicy = pagePolicy({ 'font-src': "'self'" });

const always = {
  ...pageHeaders,
  'content-security-policy': contentSecurityPolicy,
} as const;

/** On refusals and on files too. */
export function addHeaders(app: App, isSecure: () => boolean): void {
  app.addHook('onSend', async (request, reply) => {
    reply.headers(always).header('x-request-id', request.id);
    if (isSecure()) reply.header('strict-transport-security', 'max-age=31536000');
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
  });
}
