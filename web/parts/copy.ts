/** Copies text; where the page is not in a secure context, by the older way. */
import { t } from '../i18n/speech.ts';
import { announce } from './announce.ts';
import { showToast } from './toast.tsx';

export async function copy(text: string): Promise<boolean> {
  const copied = await byClipboard(text);
  if (copied) announce(t('message.copied'));
  else showToast(t('message.copyFailed'));
  return copied;
}

async function byClipboard(text: string): Promise<boolean> {
  try {
    if (!window.isSecureContext) return bySelection(text);
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return bySelection(text); // permission refused: the older way may still work
  }
}

function bySelection(text: string): boolean {
  const focused = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'unseen';
  field.value = text;
  (focused?.closest('dialog') ?? document.body).append(field);
  field.select();
  const copied = document.execCommand('copy');
  field.remove();
  if (focused instanceof HTMLElement) focused.focus();
  return copied;
}
