/** A citation's label in the reader's language; the device writes "handbook.pdf, p. 12" and "memory, 2026-03-02". */
import type { Citation } from '@rockpool/protocol/chat';
import { day } from './amounts.ts';
import { t } from './language.ts';

type Named = Pick<Citation, 'kind' | 'label'>;

/** Short, for a chip. */
export function sourceLabel({ kind, label }: Named): string {
  if (kind === 'document') return documentLabel(label);
  const when = rememberedOn(label);
  return when === null ? label : t('cite.memoryOf', { when });
}

/** Under a line that already says which kind it is. */
export function sourceName({ kind, label }: Named): string {
  if (kind === 'document') return documentLabel(label);
  const when = rememberedOn(label);
  return when === null ? label : t('cite.rememberedOn', { when });
}

function rememberedOn(label: string): string | null {
  const [, year, month, date] = /(\d{4})-(\d\d)-(\d\d)$/.exec(label) ?? [];
  return year === undefined ? null : day(new Date(Number(year), Number(month) - 1, Number(date)).getTime());
}

function documentLabel(label: string): string {
  const [, name, n] = /^(.*), p\. (\d+)$/.exec(label) ?? [];
  return name === undefined || n === undefined ? label : t('cite.documentPage', { name, n });
}
