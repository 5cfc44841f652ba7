/** Search over all chats: one field, results as one types, arrows and Enter. */

import { signal } from '@preact/signals';
import type { SearchHit, Session } from '@rockpool/protocol/chat';
import { useEffect, useState } from 'preact/hooks';
import { ago } from '../i18n/amounts.ts';
import { count, t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { focused } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { sessionPath } from '../routes.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { searchSessions } from '../wire/sessions.ts';
import { navigate } from './navigation.ts';
import { sessions } from './sessions.ts';

const open = signal(false);
export const openSearch = () => {
  open.value = true;
};
const close = () => {
  open.value = false;
};

/** Typing pauses this long before the device is asked. */
const pauseMs = 120;

export function Search() {
  return open.value ? <Palette /> : null;
}

function Palette() {
  const [words, setWords] = useState('');
  const [hits, setHits] = useState<readonly SearchHit[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [at, setAt] = useState(0);
  useEffect(() => {
    const asking = new AbortController();
    setAt(0);
    if (!words.trim()) setHits(null);
    else window.setTimeout(() => void ask(words.trim(), asking.signal, setHits, setProblem), pauseMs);
    return () => asking.abort();
  }, [words]);

  const recent = (sessions.value ?? []).slice(0, 6);
  const targets = hits
    ? hits.map((hit) => sessionPath(hit.session.id, hit.messageId))
    : recent.map((one) => sessionPath(one.id));
  const go = (to: string | undefined) => {
    if (!to) return;
    close();
    navigate(to);
  };
  const typed = (event: KeyboardEvent) => {
    if (event.isComposing || event.keyCode === 229) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && targets.length > 0) {
      event.preventDefault();
      setAt((at + step + targets.length) % targets.length);
    } else if (event.key === 'Enter') go(targets[at]);
  };
  return (
    <Dialog title={t('search.title')} kind="palette" bare onClose={close}>
      <div class="palette-field">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label={t('search.title')}
          aria-expanded={targets.length > 0}
          aria-controls="search-results"
          aria-activedescendant={targets.length > 0 ? `hit-${at}` : undefined}
          placeholder={t('search.placeholder')}
          autocomplete="off"
          spellcheck={false}
          value={words}
          maxLength={200}
          ref={focused}
          onInput={(event) => setWords(event.currentTarget.value)}
          onKeyDown={typed}
        />
        <kbd>Esc</kbd>
        <IconButton icon="close" label={t('act.close')} onClick={close} />
      </div>
      {problem && <ProblemLine problem={problem} />}
      <p class="palette-head" role="status">
        {hits === null ? t('search.recent') : hits.length > 0 ? count('search.count', hits.length) : ''}
      </p>
      <div id="search-results" class="palette-list" role="listbox" aria-label={t('search.results')}>
        {hits?.map((hit, place) => (
          <Option
            key={`${hit.session.id}-${hit.messageId}`}
            place={place}
            at={at}
            choose={() => go(targets[place])}
          >
            <Hit hit={hit} />
          </Option>
        ))}
        {hits === null &&
          recent.map((session, place) => (
            <Option key={session.id} place={place} at={at} choose={() => go(targets[place])}>
              <Recent session={session} />
            </Option>
          ))}
      </div>
      {hits?.length === 0 && <p class="palette-none">{t('search.none', { words: words.trim() })}</p>}
      {hits === null && <p class="palette-hint">{t('search.hint')}</p>}
    </Dialog>
  );
}

interface OptionProps {
  place: number;
  at: number;
  choose(): void;
  children: preact.ComponentChildren;
}

function Option({ place, at, choose, children }: OptionProps) {
  const here = place === at;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the field that points here takes the keys
    // biome-ignore lint/a11y/useFocusableInteractive: aria-activedescendant keeps the focus in the field
    <div
      id={`hit-${place}`}
      class={here ? 'hit hit-here' : 'hit'}
      role="option"
      aria-selected={here}
      ref={here ? (node) => node?.scrollIntoView({ block: 'nearest' }) : null}
      onClick={choose}
    >
      {children}
    </div>
  );
}

function Hit({ hit }: { hit: SearchHit }) {
  return (
    <>
      <span class="hit-title">{hit.session.title || t('session.untitled')}</span>
      <span class="hit-when">{ago(hit.at)}</span>
      <span class="hit-text">
        {hit.snippet.map((part, place) => (part.hit ? <mark key={place}>{part.text}</mark> : part.text))}
      </span>
    </>
  );
}

function Recent({ session }: { session: Session }) {
  return (
    <>
      <span class="hit-title">{session.title || t('session.untitled')}</span>
      <span class="hit-when">{ago(session.updatedAt)}</span>
    </>
  );
}

async function ask(
  words: string,
  signal: AbortSignal,
  found: (hits: readonly SearchHit[]) => void,
  failed: (problem: Problem | null) => void,
): Promise<void> {
  if (signal.aborted) return;
  try {
    const hits = await searchSessions(words, signal);
    if (!signal.aborted) found(hits);
    failed(null);
  } catch (cause) {
    if (!signal.aborted) failed(asProblem(cause));
  }
}
