/** A session as a file to keep: Markdown for people, JSON for programs. */
import type { Citation, Message, SessionWithMessages } from '@rockpool/protocol/chat';

export type ExportFormat = 'markdown' | 'json';

export interface ExportedFile {
  name: string;
  type: string;
  content: string;
}

/** Markdown holds the branch that is given; JSON whatever messages there are, with all that is known about them. */
export function exportSession(
  chat: SessionWithMessages,
  format: ExportFormat,
  exportedAt: number,
): ExportedFile {
  const base = fileName(chat.session.title);
  if (format === 'markdown') {
    return { name: `${base}.md`, type: 'text/markdown; charset=utf-8', content: toMarkdown(chat) };
  }
  const content = JSON.stringify({ format: 'rockpool-session', version: 1, exportedAt, ...chat }, null, 2);
  return { name: `${base}.json`, type: 'application/json; charset=utf-8', content: `${content}\n` };
}

function toMarkdown({ session, messages }: SessionWithMessages): string {
  const title = session.title.replace(/[\s#]+/gu, ' ').trim();
  return `${[`# ${title || 'Chat'}`, ...messages.map(messageToMarkdown)].join('\n\n')}\n`;
}

function messageToMarkdown({ from, at, text, outcome, citations, attachments }: Message): string {
  const who = from === 'person' ? 'You' : 'Assistant';
  const ending = outcome === 'complete' ? [] : [`*(${endings[outcome]})*`];
  return [
    `## ${who} · ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    ...(attachments.length > 0 ? [`Attached: ${attachments.map(({ name }) => name).join(', ')}`] : []),
    ...(text ? [text] : []),
    ...ending,
    ...(citations.length > 0 ? [citations.map(source).join('\n')] : []),
  ].join('\n\n');
}

const endings: Record<Exclude<Message['outcome'], 'complete'>, string> = {
  pending: 'still being answered',
  length: 'cut at the longest answer',
  aborted: 'stopped',
  failed: 'failed',
};

/** A quotation, so that nothing in a source becomes a heading or a list of the export. */
const source = ({ n, label, text }: Citation): string =>
  `> [${n}] ${label}: ${text.replace(/\s+/gu, ' ').trim()}`;

/** A title as every file system takes it: no path, no reserved character or name, no leading dot, not long. */
export function fileName(title: string): string {
  const plain = title
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}<>:"/\\|?*]+/gu, ' ')
    .replace(/\s+/gu, ' ');
  const short = [...plain]
    .slice(0, 60)
    .join('')
    .replace(/^[\s.]+|[\s.]+$/gu, '');
  return short === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)$/iu.test(short) ? `chat ${short}`.trim() : short;
}
