/** The frame of what one sees before one is signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { Tide } from '../../door/tide.tsx';
import { Mark } from '../../parts/logo.tsx';
import { chooseLanguage } from '../../shell/choices.ts';
import { en } from '../words/en.ts';
import { language, languages, say } from '../words/say.ts';
import { zh } from '../words/zh.ts';

const own = { en: en['language.name'], zh: zh['language.name'] };

export function Door({ title, children }: { title: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Rockpool`;
  }, [title]);
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
        <p>{say('door.tagline')}</p>
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
