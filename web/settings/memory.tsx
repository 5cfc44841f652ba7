/** What is remembered: search it, correct it, share it, take it along, forget it. */
import type { Group } from '@rockpool/protocol/documents';
import type { FullFact } from '@rockpool/protocol/memory';
import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useState } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Button } from '../parts/button.tsx';
import { Field, Tick } from '../parts/field.tsx';
import { ProblemLine } from '../parts/problem.tsx';
import { isAdmin, me } from '../shell/person.ts';
import { listGroups } from '../wire/documents.ts';
import { addFact, type FactSearch, listFacts, readMemoryStatus } from '../wire/memory.ts';
import { asProblem, type Problem } from '../wire/problem.ts';
import { Card, Nothing } from './card.tsx';
import { FactRow } from './fact-row.tsx';
import { attempt, useLoaded } from './loaded.ts';
import { MemoryAway } from './memory-away.tsx';
import { MemoryNights } from './memory-nights.tsx';
import { MemorySearch } from './memory-search.tsx';
import { MemoryIsAway, MemoryState, useProgress } from './memory-state.tsx';
import { ShareWith, sharingOf, type Whom } from './sharing.tsx';

const pauseMs = 150;
const everything: FactSearch = { words: '', scope: 'all', kind: 'all', since: '', history: false };

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
  const [search, setSearch] = useState<FactSearch>(everything);
  const [facts, setFacts] = useState<readonly FullFact[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [version, setVersion] = useState(0);
  const groups = (useLoaded(listGroups).value ?? []).filter(isIn);
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
  const narrowed =
    search.words !== '' || search.scope !== 'all' || search.kind !== 'all' || search.since !== '';
  return (
    <>
      <p class="lead">{t('memory.text')}</p>
      <Add groups={groups} added={changed} />
      <Card>
        <MemorySearch search={search} onSearch={setSearch} />
        {problem && <ProblemLine problem={problem} retry={changed} />}
        {facts?.length === 0 && (
          <Nothing icon="memory" words={t(narrowed ? 'memory.noneFound' : 'memory.none')} />
        )}
        {facts && facts.length > 0 && (
          <ul class="rows">
            {facts.map((fact) => (
              <FactRow key={fact.id} fact={fact} groups={groups} changed={changed} />
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

/** An administrator is told of all groups, and shares with those they are in. */
const isIn = ({ members }: Group): boolean => members.includes(me.value?.id ?? 0);

function Add({ groups, added }: { groups: readonly Group[]; added(): void }) {
  const [text, setText] = useState('');
  const [whom, setWhom] = useState<Whom>('mine');
  const submit = (event: Event) => {
    event.preventDefault();
    if (!text.trim()) return;
    attempt(async () => {
      await addFact(text.trim(), sharingOf(whom));
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
        {groups.length > 0 ? (
          <ShareWith label={t('memory.scope')} groups={groups} value={whom} onValue={setWhom} />
        ) : (
          isAdmin.value && (
            <Tick
              label={t('memory.forOffice')}
              value={whom === 'office'}
              onValue={(office) => setWhom(office ? 'office' : 'mine')}
            />
          )
        )}
      </form>
    </Card>
  );
}
