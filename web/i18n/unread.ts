/** Why a file could not be read, in the reader's language. */
import type { Document } from '@rockpool/protocol/documents';
import { has, t } from './language.ts';

export function whyUnread({ problemCode, problem }: Pick<Document, 'problemCode' | 'problem'>): string {
  const sentence = problem ?? t('documents.failed');
  const key = `unread.${problemCode}`;
  return has(key) ? t(key, { message: sentence }) : sentence;
}
