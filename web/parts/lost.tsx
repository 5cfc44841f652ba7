/** Nothing here: what may have happened, and a way on. */
import { t } from '../i18n/language.ts';

export function Lost() {
  return (
    <div class="lost">
      <h1>{t('nav.lost')}</h1>
      <p class="lead">{t('nav.lostHint')}</p>
      <a class="button button-main" href="/">
        {t('nav.home')}
      </a>
    </div>
  );
}
