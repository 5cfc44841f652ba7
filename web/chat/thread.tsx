/** The conversation: messages, the answer that is being given, and what to do when it broke off. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Prose } from '../markdown/prose.tsx';
import { Button, IconButton } from '../parts/button.tsx';
import { sentence } from '../parts/problem.tsx';
import { Activity } from './activity.tsx';
import { reload, say, transcript } from './conversation.ts';
import { copyCode } from './copy-code.ts';
import { followBottom } from './follow-bottom.ts';
import { cited, Message, Sources } from './message.tsx';
import { openSource } from './source.ts';
import { type Ending, type Live, localId } from './transcript.ts';

export function Thread({ target }: { target: number | null }) {
  const { messages, live, ending, forgotten, session } = transcript.value;
  const scroller = useRef<HTMLDivElement>(null);
  const bottom = followBottom(scroller, session?.id ?? null, live !== null);
  useEffect(() => {
    if (target !== null && session) showMessage(target);
  }, [target, session?.id]);
  return (
    <div class="thread-frame">
      <div class="thread-scroll" ref={scroller} onScroll={bottom.scrolled}>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: it only listens for clicks on the buttons inside */}
        <div class="thread" role="log" aria-live="off" aria-label={t('thread.label')} onClick={clicked}>
          {messages.map((message, place) => (
            <Message
              key={keyOf(message.from, message.id, message.parentId)}
              message={message}
              forgotten={forgotten.get(message.id) ?? none}
              last={place === messages.length - 1}
            />
          ))}
          {live && <LiveAnswer key={`answer-${live.questionId}`} live={live} />}
          {ending && <Ended ending={ending} />}
        </div>
      </div>
      {!bottom.near.value && (
        <IconButton icon="down" class="to-latest" label={t('message.latest')} onClick={bottom.go} />
      )}
    </div>
  );
}

const none: readonly never[] = [];

/** An answer keeps its place on the page when it turns from live to stored. */
const keyOf = (from: string, id: number, parentId: number | null) =>
  from === 'person' ? `m${id}` : `answer-${parentId}`;

function LiveAnswer({ live }: { live: Live }) {
  return (
    <article class="message answer answer-live">
      <h2 class="unseen">{t('message.rockpool')}</h2>
      {live.text && <Prose text={live.text} citations={live.citations} growing />}
      <Activity doing={live.doing} />
      <Sources citations={cited(live.text, live.citations)} />
    </article>
  );
}

function Ended({ ending }: { ending: Ending }) {
  const last = transcript.value.messages.at(-1);
  const retry = () => {
    if (!last) return;
    if (last.from === 'assistant' && last.id !== localId) {
      return void say({ saying: { regenerate: last.id }, taken: () => undefined });
    }
    const question = transcript.value.messages.findLast((message) => message.from === 'person');
    if (!question) return;
    const attachments = question.attachments.map((one) => one.documentId);
    const saying = { text: question.text, parentId: question.parentId, attachments };
    void say({ saying, taken: () => undefined });
  };
  return (
    <div class="problem">
      <span>{ending.kind === 'dropped' ? t('thread.dropped') : sentence(ending.error)}</span>
      <Button kind="plain" icon="again" onClick={ending.kind === 'dropped' ? () => void reload() : retry}>
        {t(ending.kind === 'dropped' ? 'thread.reload' : 'thread.retry')}
      </Button>
    </div>
  );
}

/** Buttons inside rendered Markdown are plain nodes; their clicks are told here. */
function clicked(event: MouseEvent): void {
  const button = event.target instanceof Element ? event.target.closest('button') : null;
  if (button?.dataset['copy'] !== undefined) void copyCode(button);
  const n = button?.dataset['cite'];
  if (!button || n === undefined) return;
  const id = button.closest('.message')?.id;
  const { messages, live } = transcript.value;
  const citations = messages.find((message) => `m${message.id}` === id)?.citations ?? live?.citations ?? [];
  const citation = citations.find((one) => String(one.n) === n);
  if (citation) openSource(citation);
}

function showMessage(id: number): void {
  const message = document.getElementById(`m${id}`);
  message?.scrollIntoView({ block: 'center' });
  message?.focus({ preventScroll: true });
  message?.classList.add('found');
  message?.addEventListener('animationend', () => message.classList.remove('found'), { once: true });
}
