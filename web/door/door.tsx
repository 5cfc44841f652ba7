/** The frame of every page before one is signed in: the mark, one calm card, the tide behind it. */
import type { ComponentChildren } from 'preact';
import { en } from '../i18n/en.ts';
import { language, languages, t } from '../i18n/language.ts';
import { zh } from '../i18n/zh.ts';
import { Mark } from '../parts/logo.tsx';
import { chooseLanguage } from '../shell/choices.ts';
import { Tide } from './tide.tsx';

const own = { en: en['language.name'], zh: zh['language.name'] };

export function Door({ children }: { children: ComponentChildren }) {
  return (
    <div class="door">
      <Tide />
      <main class="door-card" id="main">
        <div class="door-brand">
          <Mark size={36} />
          <span>Rockpool</span>
        </div>
        {children}
      </main>
      <footer class="door-foot">
        <p>{t('door.tagline')}</p>
        <div class="door-languages">
          {languages.map((one) => (
            <button
              key={one}
              type="button"
              lang={one}
              aria-pressed={language.value === one}
              onClick={() => chooseLanguage(one)}
            >
              {own[one]}
            </button>
          ))}
        </div>
      </footer>
    </div>
  );
}
