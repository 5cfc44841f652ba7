/** Where one writes: it grows, takes files, keeps the draft, and lets go of the words only when the device has them. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { number } from '../i18n/amounts.ts';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { narrow } from '../shell/screen.ts';
import { AttachmentChips } from './attachment-chips.tsx';
import { attach, attachedIds, detachAll, unread } from './attachments.ts';
import { composerId } from './composer-focus.ts';
import { answering, say, sendProblem, stop } from './conversation.ts';
import { draftOf, keepDraft } from './drafts.ts';
import { editLast } from './editing.ts';
import { Composition } from './enter.ts';
import { maxMessageChars } from './limits.ts';
import { offered } from './offered.ts';

interface ComposerProps {
  sessionId: string | null;
  replying: boolean;
  onSent(sessionId: string): void;
}

export function Composer({ sessionId, replying, onSent }: ComposerProps) {
  const [text, setText] = useState(() => draftOf(sessionId));
  const field = useRef<HTMLTextAreaElement>(null);
  const files = useRef<HTMLInputElement>(null);
  const composition = useRef(new Composition());
  const write = (words: string) => {
    setText(words);
    keepDraft(sessionId, words);
  };

  useEffect(() => {
    setText(draftOf(sessionId));
    if (!narrow.value) field.current?.focus(); // on a phone that would raise the keyboard unasked
  }, [sessionId]);
  useLayoutEffect(() => {
    if (offered.value === null) return;
    write(offered.value);
    offered.value = null;
    field.current?.focus();
  }, [offered.value]);
  useLayoutEffect(() => grow(field.current), [text]);

  const busy = answering.value;
  const over = text.trim().length - maxMessageChars;
  const reading = unread.value;
  const ready = !busy && text.trim() !== '' && over <= 0 && reading === null;
  const send = async () => {
    if (!ready) return;
    const taken = (id: string) => {
      setText('');
      keepDraft(sessionId, '');
      detachAll();
      onSent(id);
    };
    await say({ saying: { text: text.trim(), attachments: [...attachedIds.value] }, taken });
  };
  const pressed = (event: KeyboardEvent) => {
    if (composition.current.sends(event, performance.now())) {
      event.preventDefault();
      void send();
    } else if (event.key === 'ArrowUp' && text === '' && !event.isComposing && editLast())
      event.preventDefault();
  };
  const pasted = (event: ClipboardEvent) => {
    const pastedFiles = event.clipboardData?.files;
    if (!pastedFiles?.length) return;
    event.preventDefault();
    attach(pastedFiles);
  };
  const problem = sendProblem.value;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {problem && <ProblemLine problem={problem} retry={() => void send()} />}
      <div class="composer-box">
        <AttachmentChips />
        <textarea
          id={composerId}
          ref={field}
          rows={1}
          value={text}
          aria-label={t('composer.label')}
          aria-describedby="composer-note"
          placeholder={t(replying ? 'composer.reply' : 'composer.placeholder')}
          enterkeyhint="send"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={pressed}
          onPaste={pasted}
          onCompositionStart={() => composition.current.started()}
          onCompositionEnd={() => composition.current.ended(performance.now())}
        />
        <div class="composer-row">
          <IconButton icon="clip" label={t('composer.attach')} onClick={() => files.current?.click()} />
          <input
            ref={files}
            class="unseen"
            type="file"
            multiple
            tabIndex={-1}
            aria-hidden="true"
            onChange={(event) => {
              attach([...(event.currentTarget.files ?? [])]);
              event.currentTarget.value = '';
            }}
          />
          <p id="composer-note" class={over > 0 ? 'composer-note note-wrong' : 'composer-note'}>
            {over > 0
              ? t('composer.tooLong', { n: number(over) })
              : reading
                ? t('composer.waiting', { name: reading.name })
                : t('composer.hint')}
          </p>
          {busy ? (
            <IconButton
              key="stop"
              icon="stop"
              class="send send-stop"
              label={t('composer.stop')}
              onClick={stop}
            />
          ) : (
            <IconButton
              key="send"
              icon="send"
              class="send"
              label={t('composer.send')}
              disabled={!ready}
              onClick={() => void send()}
            />
          )}
        </div>
      </div>
      <p class="fineprint">{t('composer.fineprint')}</p>
    </form>
  );
}

/** As high as its words, up to what the style sheet allows. */
function grow(field: HTMLTextAreaElement | null): void {
  if (!field) return;
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
