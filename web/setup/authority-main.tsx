/** Starts the certificate page of a device that is set up: for the next phone, the next laptop. */
import { render } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { ask } from '../wire/http.ts';
import { asProblem, garbled, type Problem } from '../wire/problem.ts';
import { Fault } from './form.tsx';
import { Frame } from './frame.tsx';
import { type Authority, Install } from './install.tsx';
import { recallLanguage, say } from './words/say.ts';

function CertificatePage() {
  const [authority, setAuthority] = useState<Authority | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    ask('/api/authority', shape).then(setAuthority, (cause: unknown) => setProblem(asProblem(cause)));
  }, []);
  const isNone = problem?.code === 'not-found';
  return (
    <Frame title={say('install.title')}>
      {authority && <Install authority={authority} />}
      {isNone && <p class="lead">{say('install.none')}</p>}
      {problem && !isNone && <Fault problem={problem} />}
      {(authority || isNone) && (
        <a class="button button-quiet" href="/">
          {say('page.next')}
        </a>
      )}
    </Frame>
  );
}

function shape(value: unknown): Authority {
  const { name, sha256, constraints } = (value ?? {}) as Partial<Authority>;
  if (typeof name !== 'string' || typeof sha256 !== 'string' || !Array.isArray(constraints))
    throw garbled('authority');
  return { name, sha256, constraints };
}

recallLanguage();
const place = document.getElementById('page');
if (place) render(<CertificatePage />, place);
