/** What this is, how it is reached, and the promise. */
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Icon } from '../parts/icon.tsx';
import { Mark } from '../parts/logo.tsx';
import { askToInstall, installable } from '../shell/install.ts';
import { device } from '../shell/person.ts';
import { openShortcuts } from '../shell/shortcuts.tsx';
import { Card } from './card.tsx';

export function About() {
  const about = device.value;
  if (!about) return null;
  return (
    <>
      <Card>
        <div class="promise">
          <Icon name="shield" />
          <div>
            <h3>{t('about.promise')}</h3>
            <p>{t('about.promiseText')}</p>
          </div>
        </div>
      </Card>
      <Card>
        <div class="model-head">
          <Mark size={32} />
          <h3 class="model-name">Rockpool</h3>
        </div>
        <dl class="facts">
          <dt>{t('about.version')}</dt>
          <dd>{about.version}</dd>
          <dt>{t('about.device')}</dt>
          <dd>{about.name}</dd>
          <dt>{t('about.licence')}</dt>
          <dd>Apache-2.0</dd>
          <dt>{t('about.connection')}</dt>
          <dd>{t(about.secure ? 'about.secure' : 'about.insecure')}</dd>
        </dl>
        {about.deskRun && <p class="note">{t('about.desk')}</p>}
        {!window.isSecureContext && <p class="note">{t('about.insecureHint')}</p>}
        <div class="line line-wrap">
          {installable.value && (
            <Button icon="download" onClick={askToInstall}>
              {t('about.install')}
            </Button>
          )}
          {about.secure && (
            // A page of its own, which this page's router knows nothing of.
            <a class="button button-quiet" href="/ca" target="_self">
              <Icon name="shield" />
              <span>{t('about.certificate')}</span>
            </a>
          )}
          <Button icon="question" onClick={openShortcuts}>
            {t('about.shortcuts')}
          </Button>
        </div>
      </Card>
    </>
  );
}
