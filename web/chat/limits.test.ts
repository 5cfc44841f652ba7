import * as chat from '@rockpool/protocol/chat';
import * as documents from '@rockpool/protocol/documents';
import { expect, test } from 'vitest';
import * as limits from './limits.ts';

test('the limits that the page tells are those that the device has', () => {
  expect(limits.maxMessageChars).toBe(chat.maxMessageChars);
  expect(limits.maxDocumentBytes).toBe(documents.maxDocumentBytes);
});
