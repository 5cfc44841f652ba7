/** The OpenAPI document. */
import { expect, test } from 'vitest';
import { openDoor } from './openai-door.ts';

test('describes every route, its body, its answer and who may call it', async () => {
  await using door = await openDoor();
  const answer = await fetch(new URL('/api/openapi.json', door.url));
  const document = JSON.parse(await answer.text());
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual([
    '/v1/chat/completions',
    '/v1/responses',
    '/v1/embeddings',
    '/v1/models',
    '/v1/models/{model}',
  ]);
  const { requestBody, responses, security } = document.paths['/v1/chat/completions'].post;
  expect(security).toEqual([{ key: [] }]);
  expect(
    requestBody.content['application/json'].schema.properties.messages.items.properties.role.enum,
  ).toContain('developer');
  expect(responses['200'].content['application/json'].schema.properties.choices).toBeTruthy();
  expect(JSON.stringify(document)).not.toContain('__SCHEMA');
});
