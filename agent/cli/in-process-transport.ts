/** Requests to an agent in this very process: the same routes and guards, and no listener. */

import type { Answer, Transport } from './api.ts';
import type { OpenedAgent } from './parts.ts';

export function inProcessTransport(agent: OpenedAgent): Transport {
  return {
    async send({ method, path, headers, body, signal }): Promise<Answer> {
      const response = await agent.app.inject({
        method,
        url: path,
        headers: { ...headers, host: 'localhost', authorization: `Bearer ${agent.credential}` },
        ...(body === undefined ? {} : { payload: body }),
        ...(signal ? { signal } : {}),
        payloadAsStream: true,
      });
      return { status: response.statusCode, body: response.stream() };
    },
    close: () => agent.close(),
  };
}
