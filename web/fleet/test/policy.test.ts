import { expect, test } from 'vitest';
import { contentSecurityPolicy } from '../../../fleet/api/headers.ts';
import { policy } from './fake-controller.fixture.ts';

test('the pages are tried under the policy that the controller really sends', () => {
  expect(policy).toBe(contentSecurityPolicy);
});
