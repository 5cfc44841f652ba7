/** The frame of every page of the agent before one is signed in. */
import type { ComponentChildren } from 'preact';
import { en } from '../i18n/en.ts';
import { language, languages, t } from '../i18n/language.ts';
import { zh } from '../i18n/zh.ts';
import { chooseLanguage } from '../shell/choices.ts';
import { DoorFrame } from './frame.tsx';

const own = { en: en['language.name'], zh: zh['language.name'] };

export const Door = ({ children }: { children: ComponentChildren }) => (
  <DoorFrame
    tagline={t('door.tagline')}
    languages={languages.map((code) => ({ code, name: own[code] }))}
    language={language.value}
    choose={chooseLanguage}
  >
    {children}
  </DoorFrame>
);
