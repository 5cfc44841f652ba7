/** A message being edited in place; sending it starts another branch. */
import type { Message } from '@rockpool/protocol/chat';
import { useRef, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { focused } from '../parts/field.tsx';
import { say } from './conversation.ts';
import { editing } from './editing.ts';
import { Composition } from './enter.ts';

export function Edit({ message }: { message: Message }) {
  const [text, setText] = useState(message.text);
  const composition = useRef(new Composition());
  const close = () => {
    editing.value = null;
  };
  const send = () => {
    if (!text.trim()) return;
    const attachments = message.attachments.map((one) => one.documentId);
    void say({ saying: { text: text.trim(), parentId: message.parentId, attachments }, taken: close });
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      close();
    } else if (composition.current.sends(event, performance.now())) {
      event.preventDefault();
      send();
    }
  };
  return (
    <form
      class="message edit"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <textarea
        class="input"
        rows={Math.min(12, text.split('\n').length + 1)}
        aria-label={t('message.editLabel')}
        value={text}
        ref={focused}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={pressed}
        onCompositionStart={() => composition.current.started()}
        onCompositionEnd={() => composition.current.ended(performance.now())}
      />
      <div class="edit-row">
        <p class="note">{t('message.editHint')}</p>
        <Button onClick={close}>{t('act.cancel')}</Button>
        <Button kind="main" type="submit" disabled={!text.trim()}>
          {t('message.sendEdit')}
        </Button>
      </div>
    </form>
  );
}
