/** One message: what a person said, or an answer with its sources, and what can be done with it. */
import type { Citation, Message as Said } from '@rockpool/protocol/chat';
import type { Fact } from '@rockpool/protocol/memory';
import { dayAndTime } from '../i18n/amounts.ts';
import { sourceLabel } from '../i18n/citation.ts';
import { t } from '../i18n/language.ts';
import { Prose } from '../markdown/prose.tsx';
import { IconButton } from '../parts/button.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Icon } from '../parts/icon.tsx';
import { memo } from '../parts/memo.ts';
import { showProblem, showToast } from '../parts/toast.tsx';
import { forgetFact } from '../wire/memory.ts';
import { asProblem } from '../wire/problem.ts';
import { answering, say, transcript, turnTo } from './conversation.ts';
import { Edit } from './edit.tsx';
import { editing } from './editing.ts';
import { openSource } from './source.ts';
import { forgetting, localId } from './transcript.ts';

interface MessageProps {
  message: Said;
  forgotten: readonly Fact[];
  last: boolean;
}

export const Message = memo(function Message({ message, forgotten, last }: MessageProps) {
  return message.from === 'person' ? (
    <Question message={message} forgotten={forgotten} />
  ) : (
    <Answer message={message} last={last} />
  );
});

function Question({ message, forgotten }: { message: Said; forgotten: readonly Fact[] }) {
  if (editing.value === message.id) return <Edit message={message} />;
  return (
    <article class="message question" id={`m${message.id}`} tabIndex={-1}>
      <h2 class="unseen">{t('message.you')}</h2>
      {message.attachments.length > 0 && <Attached message={message} />}
      <div class="bubble">{message.text}</div>
      {(message.remembered.length > 0 || forgotten.length > 0) && (
        <Noted remembered={message.remembered} forgotten={forgotten} />
      )}
      <div class="message-acts">
        <Versions message={message} />
        <time title={dayAndTime(message.at)} dateTime={new Date(message.at).toISOString()} />
        <CopyButton text={message.text} label={t('message.copy')} />
        <IconButton
          icon="edit"
          label={t('message.edit')}
          disabled={answering.value}
          onClick={() => {
            editing.value = message.id;
          }}
        />
      </div>
    </article>
  );
}

function Answer({ message, last }: { message: Said; last: boolean }) {
  const { text, citations, outcome, id } = message;
  return (
    <article class={last ? 'message answer answer-last' : 'message answer'} id={`m${id}`} tabIndex={-1}>
      <h2 class="unseen">{t('message.rockpool')}</h2>
      {text ? <Prose text={text} citations={citations} /> : <p class="message-empty">{t('message.empty')}</p>}
      <Sources citations={cited(text, citations)} />
      {outcome !== 'complete' && <p class={`outcome outcome-${outcome}`}>{t(`message.${outcome}`)}</p>}
      <div class="message-acts">
        <CopyButton text={text} label={t('message.copy')} />
        <IconButton
          icon="again"
          label={t('message.again')}
          disabled={answering.value || id === localId}
          onClick={() => void say({ saying: { regenerate: id }, taken: () => undefined })}
        />
        <Versions message={message} />
      </div>
    </article>
  );
}

/** Only what the answer really points at; the rest was context. */
export const cited = (text: string, citations: readonly Citation[]): Citation[] =>
  citations.filter((one) => text.includes(`[${one.n}]`));

export function Sources({ citations }: { citations: readonly Citation[] }) {
  if (citations.length === 0) return null;
  return (
    <div class="sources">
      <h3 class="sources-head">{t('message.sources')}</h3>
      <ul>
        {citations.map((one) => (
          <li key={one.n}>
            <button type="button" class="source-chip" onClick={() => openSource(one)}>
              <span class="source-n">{one.n}</span>
              <Icon name={one.kind === 'memory' ? 'memory' : 'document'} />
              <span class="source-label">{sourceLabel(one)}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Attached({ message }: { message: Said }) {
  return (
    <ul class="chips chips-sent">
      {message.attachments.map((one) => (
        <li key={one.documentId} class="chip">
          <Icon name="document" />
          <span class="chip-name">{one.name}</span>
        </li>
      ))}
    </ul>
  );
}

function Noted({ remembered, forgotten }: { remembered: readonly Fact[]; forgotten: readonly Fact[] }) {
  return (
    <ul class="noted">
      {remembered.map((fact) => (
        <li key={fact.id} class="noted-fact">
          <Icon name="memory" />
          <span>
            <b>{t('message.remembered')}</b> {fact.text}
          </span>
          <button
            type="button"
            aria-label={t('message.undoFor', { text: fact.text })}
            onClick={() => void unremember(fact)}
          >
            {t('message.undo')}
          </button>
        </li>
      ))}
      {forgotten.map((fact) => (
        <li key={fact.id} class="noted-fact noted-gone">
          <Icon name="memory" />
          <span>
            <b>{t('message.forgotten')}</b> <s>{fact.text}</s>
          </span>
        </li>
      ))}
    </ul>
  );
}

async function unremember(fact: Fact): Promise<void> {
  try {
    await forgetFact(fact.id);
    transcript.value = forgetting(transcript.value, fact.id);
    showToast(t('memory.forgot'));
  } catch (cause) {
    showProblem(asProblem(cause));
  }
}

/** ‹ 2/3 › between sibling messages. */
function Versions({ message: { siblings, id } }: { message: Said }) {
  const at = siblings.indexOf(id);
  if (siblings.length < 2 || at < 0) return null;
  const to = (step: number) => {
    const sibling = siblings[at + step];
    return sibling === undefined || answering.value ? undefined : () => void turnTo(sibling);
  };
  const [older, newer] = [to(-1), to(1)];
  return (
    <span class="versions">
      <IconButton
        icon="left"
        label={t('message.older')}
        disabled={!older}
        {...(older && { onClick: older })}
      />
      <span aria-hidden="true">
        {at + 1}/{siblings.length}
      </span>
      <span class="unseen">{t('message.place', { n: at + 1, total: siblings.length })}</span>
      <IconButton
        icon="right"
        label={t('message.newer')}
        disabled={!newer}
        {...(newer && { onClick: newer })}
      />
    </span>
  );
}
