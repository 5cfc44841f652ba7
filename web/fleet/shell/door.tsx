/** The frame of what one sees before one is signed in. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { DoorFrame } from '../../door/frame.tsx';
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
    <DoorFrame
      tagline={say('door.tagline')}
      languages={languages.map((code) => ({ code, name: own[code] }))}
      language={language.value}
      choose={chooseLanguage}
    >
      {children}
    </DoorFrame>
  );
}
