/** The passage or the memory behind an [n]: beside the conversation, or a sheet where there is no room. */
import type { Citation } from '@rockpool/protocol/chat';
import type { PassageView } from '@rockpool/protocol/documents';
import { useEffect, useRef, useState } from 'preact/hooks';
import { day } from '../i18n/amounts.ts';
import { sourceName } from '../i18n/citation.ts';
import { t } from '../i18n/language.ts';
import { IconButton } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { focused } from '../parts/field.tsx';
import { Icon } from '../parts/icon.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { snug } from '../shell/screen.ts';
import { filePath, openPassage } from '../wire/documents.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { closeSource, source } from './source.ts';

export function SourcePanel() {
  const citation = source.value;
  if (!citation) return null;
  const content = <Source key={`${citation.kind}${citation.id}`} citation={citation} />;
  if (snug.value) {
    return (
      <Dialog kind="sheet" title={t('cite.panel')} onClose={closeSource}>
        {content}
      </Dialog>
    );
  }
  return (
    <aside class="source-panel" aria-label={t('cite.panel')}>
      <div class="panel-head">
        <h2>{t('cite.panel')}</h2>
        <IconButton icon="close" label={t('cite.close')} onClick={closeSource} buttonRef={focused} />
      </div>
      {content}
    </aside>
  );
}

function Source({ citation }: { citation: Citation }) {
  const memory = citation.kind === 'memory';
  return (
    <div class="source">
      <p class="source-kind">
        <Icon name={memory ? 'memory' : 'document'} />
        {t(memory ? 'cite.memory' : 'cite.document')}
      </p>
      <p class="source-name">{sourceName(citation)}</p>
      {memory ? (
        <>
          <blockquote class="passage passage-cited">{citation.text}</blockquote>
          {citation.before && (
            <p class="note">
              {t('cite.before', { when: day(citation.before.until), text: citation.before.text })}
            </p>
          )}
          <a class="button button-quiet" href="/settings/memory">
            {t('cite.manage')}
          </a>
        </>
      ) : (
        <Passages citation={citation} />
      )}
    </div>
  );
}

function Passages({ citation }: { citation: Citation }) {
  const [view, setView] = useState<PassageView | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const asking = new AbortController();
    openPassage(citation.id, asking.signal).then(setView, (cause: unknown) => {
      if (!asking.signal.aborted) setProblem(asProblem(cause));
    });
    return () => asking.abort();
  }, [citation.id]);
  // The document may be gone; what the answer was given from is still told.
  const passages = view?.passages ?? [{ id: citation.id, page: null, heading: '', text: citation.text }];
  return (
    <>
      {passages.map((passage) => (
        <Passage key={passage.id} {...passage} cited={passage.id === citation.id} />
      ))}
      {problem && <ProblemLine problem={problem} />}
      {view && (
        <a class="button button-quiet" href={filePath(view.document.id)} download>
          <Icon name="download" />
          <span>{t('cite.file')}</span>
        </a>
      )}
    </>
  );
}

function Passage(props: { page: number | null; heading: string; text: string; cited: boolean }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    if (props.cited) place.current?.scrollIntoView({ block: 'nearest' });
  }, [props.cited]);
  const where = [props.page === null ? '' : t('cite.page', { n: props.page }), props.heading]
    .filter(Boolean)
    .join(' · ');
  return (
    <section class={props.cited ? 'passage passage-cited' : 'passage'} ref={place}>
      {where && <p class="passage-where">{where}</p>}
      {props.cited && <span class="unseen">{t('cite.cited')}</span>}
      {props.cited ? <mark>{props.text}</mark> : props.text}
    </section>
  );
}
