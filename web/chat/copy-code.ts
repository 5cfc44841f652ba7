/** Copies the code under a code bar, and says so on the button. */
import { t } from '../i18n/language.ts';
import { copy } from '../parts/copy.ts';

export async function copyCode(button: HTMLButtonElement): Promise<void> {
  const code = button.closest('.code')?.querySelector('code')?.textContent ?? '';
  if (!(await copy(code))) return;
  button.textContent = t('message.copied');
  window.setTimeout(() => {
    button.textContent = t('act.copy');
  }, 2_000);
}
