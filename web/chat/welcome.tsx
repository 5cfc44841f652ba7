/** An empty chat that teaches: a greeting, and four things to try. */
import { partOfDay } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { Icon, type IconName } from '../parts/icon.tsx';
import { Mark } from '../parts/logo.tsx';
import { device, me } from '../shell/person.ts';
import { attach } from './attachments.ts';
import { offered } from './offered.ts';

export function Welcome() {
  return (
    <div class="welcome">
      <Mark size={52} />
      <h2>{t(`hello.${partOfDay()}`, { name: me.value?.name ?? '' })}</h2>
      <p>{t('hello.text')}</p>
    </div>
  );
}

export function Tries() {
  // The built-in model recalls and quotes; whoever tried a draft first would think less of it than it deserves.
  const writes = device.value?.model?.builtIn === false;
  return (
    <ul class="tries">
      <Try icon="memory" title={t('hello.tryRemember')} words={t('hello.tryRememberText')} />
      <Try icon="search" title={t('hello.tryAsk')} words={t('hello.tryAskText')} />
      <TryDocument />
      {writes ? (
        <Try icon="pencil" title={t('hello.tryWrite')} words={t('hello.tryWriteText')} />
      ) : (
        <Try icon="trash" title={t('hello.tryForget')} words={t('hello.tryForgetText')} />
      )}
    </ul>
  );
}

function Try({ icon, title, words }: { icon: IconName; title: string; words: string }) {
  const offer = () => {
    offered.value = words;
  };
  return (
    <li>
      <button type="button" class="try" onClick={offer}>
        <Icon name={icon} />
        <span class="try-title">{title}</span>
        <span class="try-words">{words}</span>
      </button>
    </li>
  );
}

function TryDocument() {
  return (
    <li>
      <label class="try">
        <input
          class="unseen"
          type="file"
          multiple
          onChange={(event) => {
            attach([...(event.currentTarget.files ?? [])]);
            event.currentTarget.value = '';
          }}
        />
        <Icon name="document" />
        <span class="try-title">{t('hello.tryDocument')}</span>
        <span class="try-words">{t('hello.tryDocumentText')}</span>
      </label>
    </li>
  );
}
