/** Turns safe but plain HTML into ours: [n] become buttons, code gets a bar with a copy button, tables can scroll. */
import type { Citation } from '@rockpool/protocol/chat';
import { sourceLabel } from '../i18n/citation.ts';
import { t } from '../i18n/language.ts';

export function dress(content: DocumentFragment, citations: readonly Citation[]): void {
  citeIn(content, citations);
  for (const pre of content.querySelectorAll('pre')) frameCode(pre);
  for (const table of content.querySelectorAll('table')) frameTable(table);
}

/** Made here and not in Markdown, so that only a source which the device really gave becomes a button. */
function citeIn(content: DocumentFragment, citations: readonly Citation[]): void {
  if (citations.length === 0) return;
  const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
  const texts: Text[] = [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Text && !node.parentElement?.closest('pre, code, a')) texts.push(node);
  }
  for (const text of texts) text.replaceWith(...cited(text.data, citations));
}

function cited(text: string, citations: readonly Citation[]): (string | Node)[] {
  return text.split(/(\[\d{1,3}\])/).map((part) => {
    const n = Number(/^\[(\d{1,3})\]$/.exec(part)?.[1] ?? Number.NaN);
    const source = citations.find((one) => one.n === n);
    return source ? citeButton(source) : part;
  });
}

function citeButton(source: Citation): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'cite';
  button.textContent = String(source.n);
  button.dataset['cite'] = String(source.n);
  const label = sourceLabel(source);
  button.title = label;
  button.setAttribute('aria-label', t('cite.open', { n: source.n, label }));
  return button;
}

function frameCode(pre: HTMLPreElement): void {
  const language = /^language-(.+)$/.exec(pre.querySelector('code')?.className ?? '')?.[1] ?? '';
  const frame = element('div', 'code');
  const bar = element('div', 'code-bar');
  const name = element('span', 'code-language');
  name.textContent = language || t('code.plain');
  const copy = document.createElement('button');
  copy.type = 'button';
  copy.className = 'code-copy';
  copy.dataset['copy'] = '';
  copy.textContent = t('act.copy');
  copy.setAttribute('aria-label', t('code.copy'));
  bar.append(name, copy);
  pre.replaceWith(frame);
  pre.tabIndex = 0; // long lines scroll; a keyboard must be able to
  frame.append(bar, pre);
}

function frameTable(table: HTMLTableElement): void {
  const frame = element('div', 'table');
  frame.tabIndex = 0;
  frame.setAttribute('role', 'region');
  frame.setAttribute('aria-label', t('table.label'));
  table.replaceWith(frame);
  frame.append(table);
}

function element(tag: 'div' | 'span', className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}
