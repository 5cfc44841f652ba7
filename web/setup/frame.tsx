/** The frame of these pages: the mark, how far one is, one card, the languages. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { DoorFrame } from '../door/frame.tsx';
import { nameShown } from './device.ts';
import { chooseLanguage, language, languages, ownName, say } from './words/say.ts';

export const stepsInAll = 6;

interface FrameProps {
  title: string;
  /** Which of the steps; left out where there are none. */
  step?: number;
  wide?: boolean;
  children: ComponentChildren;
}

export function Frame({ title, step, wide, children }: FrameProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Rockpool`;
    // A new step is told to who can't see it; where a field took the focus, its label does that.
    const isTyping = document.activeElement?.matches('input, textarea');
    if (!isTyping) heading.current?.focus();
  }, [title]);
  return (
    <DoorFrame
      {...(wide ? { look: 'setup-wide' } : {})}
      beside={nameShown.value && <span class="setup-name">{nameShown.value}</span>}
      tagline={say('page.tagline')}
      languages={languages.map((code) => ({ code, name: ownName(code) }))}
      language={language.value}
      choose={chooseLanguage}
    >
      {step !== undefined && (
        <p class="steps" aria-label={say('page.step', { n: step, total: stepsInAll })} role="img">
          {Array.from({ length: stepsInAll }, (_, place) => (
            <span key={place} class={place < step ? 'step step-done' : 'step'} />
          ))}
        </p>
      )}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {children}
    </DoorFrame>
  );
}
