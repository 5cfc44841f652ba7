/** What is remembered: search it, correct it, share it, take it along, forget it. */
import type { FactScope, FullFact } from '@rockpool/protocol/memory';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Choice, Field, Tick } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { isAdmin } from '../shell/person.ts';
import { addFact, type FactSearch, listFacts, readMemoryStatus } from '../wire/memory.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { Card, Nothing } from './card.tsx';
import { FactRow } from './fact-row.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { MemoryAway } from './memory-away.tsx';
import { MemoryNights } from './memory-nights.tsx';
import { MemoryIsAway, MemoryState, useProgress } from './memory-state.tsx';

const pauseMs = 150;

/** What is remembered, or why it can't be seen today. */
export function Memory() {
  const status = useLoaded(readMemoryStatus);
  useProgress(status);
  if (status.problem) return <ProblemLine problem={status.problem} retry={() => void status.again()} />;
  if (!status.value) return <p class="rows-wait" role="status" aria-label={t('act.loading')} />;
  if (status.value.away) return <MemoryIsAway away={status.value.away} />;
  return (
    <Remembered refresh={() => void status.again()}>
      <MemoryState status={status.value} />
    </Remembered>
  );
}

function Remembered({ refresh, children }: { refresh(): void; children: ComponentChildren }) {
  const [search, setSearch] = useState<FactSearch>({ words: '', scope: 'all', history: false });
  const [facts, setFacts] = useState<readonly FullFact[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);
  const changed = useCallback(() => {
    setVersion((now) => now + 1);
    refresh();
  }, []);
  useEffect(() => {
    const asking = new AbortController();
    const ask = () =>
      listFacts(search, asking.signal).then(
        (found) => {
          setFacts(found);
          setProblem(null);
        },
        (cause: unknown) => {
          if (!asking.signal.aborted) setProblem(asProblem(cause));
        },
      );
    const timer = window.setTimeout(() => void ask(), search.words ? pauseMs : 0);
    return () => {
      window.clearTimeout(timer);
      asking.abort();
    };
  }, [search, version]);
  const narrowed = search.words !== '' || search.scope !== 'all';
  return (
    <>
      <p class="lead">{t('memory.text')}</p>
      <Add added={changed} />
      <Card>
        <div class="line line-wrap">
          <Field
            label={t('memory.search')}
            placeholder={t('memory.search')}
            quietLabel
            value={search.words}
            onValue={(words) => setSearch({ ...search, words })}
          />
          <Choice
            label={t('memory.scope')}
            quietLabel
            value={search.scope}
            options={[
              ['all', t('memory.all')],
              ['mine', t('memory.mine')],
              ['office', t('memory.office')],
            ]}
            onValue={(scope) => setSearch({ ...search, scope })}
          />
          <Tick
            label={t('memory.history')}
            value={search.history}
            onValue={(history) => setSearch({ ...search, history })}
          />
        </div>
        {problem && <ProblemLine problem={problem} retry={changed} />}
        {facts?.length === 0 && (
          <Nothing icon="memory" words={t(narrowed ? 'memory.noneFound' : 'memory.none')} />
        )}
        {facts && facts.length > 0 && (
          <ul class="rows">
            {facts.map((fact) => (
              <FactRow key={fact.id} fact={fact} changed={changed} />
            ))}
          </ul>
        )}
      </Card>
      {children}
      <MemoryNights changed={changed} />
      <MemoryAway changed={changed} />
    </>
  );
}

function Add({ added }: { added(): void }) {
  const [text, setText] = useState('');
  const [office, setOffice] = useState(false);
  const scope: FactScope = office ? 'office' : 'mine';
  const submit = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    attempt(async () => {
      await addFact(text.trim(), scope);
      setText('');
      added();
    });
  };
  return (
    <Card title={t('memory.addLabel')}>
      <form class="stack" onSubmit={submit}>
        <div class="line">
          <Field
            label={t('memory.addLabel')}
            quietLabel
            placeholder={t('memory.addPlaceholder')}
            value={text}
            onValue={setText}
            maxLength={2000}
          />
          <Button kind="main" type="submit" icon="plus" disabled={!text.trim()}>
            {t('memory.add')}
          </Button>
        </div>
        {isAdmin.value && <Tick label={t('memory.forOffice')} value={office} onValue={setOffice} />}
      </form>
    </Card>
  );
}
