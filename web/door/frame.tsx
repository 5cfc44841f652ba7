/** What every page looks like before one is signed in: the mark, one calm card, the tide behind it, the languages below. */
import type { ComponentChildren } from 'preact';
import { Mark } from '../parts/logo.tsx';
import { Tide } from './tide.tsx';

interface DoorFrameProps<L extends string> {
  /** Of the card, besides its own. */
  look?: string;
  /** Beside the mark. */
  beside?: ComponentChildren;
  tagline: string;
  /** In their own words. */
  languages: readonly { code: L; name: string }[];
  language: L;
  choose(language: L): void;
  children: ComponentChildren;
}

export function DoorFrame<L extends string>(props: DoorFrameProps<L>) {
  const { look, beside, tagline, languages, language, choose, children } = props;
  return (
    <div class="door">
      <Tide />
      <main class={look ? `door-card ${look}` : 'door-card'} id="main">
        <div class="door-brand">
          <Mark size={36} />
          <span>Rockpool</span>
          {beside}
        </div>
        {children}
      </main>
      <footer class="door-foot">
        <p>{tagline}</p>
        <div class="door-languages">
          {languages.map(({ code, name }) => (
            <button
              key={code}
              type="button"
              lang={code}
              aria-pressed={language === code}
              onClick={() => choose(code)}
            >
              {name}
            </button>
          ))}
        </div>
      </footer>
    </div>
  );
}
