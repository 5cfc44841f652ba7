/** Step 2: the device's name, and the claim where the controller asks for one. */
import type { SetupProgress } from '@rockpool/protocol/setup';
import { useRef, useState } from 'preact/hooks';
import { Button } from '../parts/button.tsx';
import { type ClaimState, claimState, formatClaim } from './claim-check.ts';
import { progress } from './device.ts';
import { Fault, Field, useAttempt } from './form.tsx';
import { Frame } from './frame.tsx';
import { start } from './wire.ts';
import { language, say } from './words/say.ts';

/** A claim file has a few hundred bytes. */
const largestFileBytes = 4_096;
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export function DetailsStep({ onStarted }: { onStarted?: () => void }) {
  const now = progress.value;
  const [name, setName] = useState(now?.name ?? '');
  const [claim, setClaim] = useState('');
  const [tried, setTried] = useState(false);
  const attempt = useAttempt();
  const needsClaim = now?.needsClaim ?? false;
  const isNamed = label.test(name);
  const claimed = claimState(claim);
  // One that it has may lead to a controller that never answers: then another may take its place.
  const mayReplace = !needsClaim && now?.refusal != null && isUnclaimed(now);
  const isClaimed =
    claimed.state === 'good' || claimed.state === 'whole' || (!needsClaim && claimed.state === 'empty');

  const send = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (!isNamed || !isClaimed) return;
    const asked = { name, language: language.value, ...(claim.trim() ? { claim: claim.trim() } : {}) };
    void attempt.run(async () => {
      await start(asked);
      onStarted?.();
    });
  };

  return (
    <Frame title={say('details.title')} step={2}>
      <p class="lead">{say('details.text')}</p>
      <form class="stack" onSubmit={send} noValidate>
        <Field
          label={say('details.name')}
          value={name}
          onValue={(value) => setName(asLabel(value))}
          note={isNamed && say('details.nameHint', { name })}
          wrong={name && !isNamed ? say('details.nameWrong') : tried && !name ? say('page.required') : null}
          maxLength={63}
          focus
        />
        {(needsClaim || mayReplace) && (
          <ClaimField
            {...{ claim, claimed }}
            tried={tried && !isClaimed}
            hint={say(mayReplace ? 'details.claimOther' : 'details.claimHint')}
            onClaim={setClaim}
          />
        )}
        <p class="setup-warning">{say('details.warning')}</p>
        {attempt.problem && <Fault problem={attempt.problem} />}
        <Button kind="main" type="submit" busy={attempt.busy}>
          {say('details.start')}
        </Button>
      </form>
    </Frame>
  );
}

/** Its controller has not let it in yet; a device without a fleet has no such step. */
const isUnclaimed = ({ steps }: SetupProgress): boolean =>
  steps.some(({ id, state }) => id === 'enrolment' && state !== 'done');

interface ClaimFieldProps {
  claim: string;
  claimed: ClaimState;
  tried: boolean;
  hint: string;
  onClaim(claim: string): void;
}

function ClaimField({ claim, claimed, tried, hint, onClaim }: ClaimFieldProps) {
  const picker = useRef<HTMLInputElement>(null);
  const [isNoFile, setNoFile] = useState(false);
  const isGood = claimed.state === 'good' || claimed.state === 'whole';
  const isUnfinished = claimed.state === 'short' || claimed.state === 'empty';
  const take = (text: string) => {
    setNoFile(false);
    // Only what grows is put in order: whoever deletes must be able to.
    onClaim(text.length < claim.length ? text : formatClaim(text));
  };
  const read = async (file: File | undefined) => {
    const text = file && file.size <= largestFileBytes ? await file.text() : '';
    if (claimState(text).state === 'whole') take(text.trim().replace(/\s*\n\s*/g, ' '));
    else setNoFile(file !== undefined);
  };
  const words = isNoFile ? say('details.claimNoFile') : claimWords(claimed);
  return (
    <div class="setup-claim">
      <Field
        label={say('details.claim')}
        value={claim}
        onValue={take}
        note={words ?? hint}
        good={isGood}
        wrong={
          isNoFile || (!isGood && !isUnfinished) || (tried && !isGood)
            ? (words ?? say('page.required'))
            : null
        }
        rows={2}
        maxLength={largestFileBytes}
        code
        capitals
      />
      <input
        type="file"
        ref={picker}
        class="unseen"
        tabIndex={-1}
        aria-hidden="true"
        accept=".claim,.json,.txt,application/json,text/plain"
        onChange={(event) => {
          void read(event.currentTarget.files?.[0]);
          event.currentTarget.value = ''; // the same file again is a change too
        }}
      />
      <Button icon="document" onClick={() => picker.current?.click()}>
        {say('details.claimFile')}
      </Button>
    </div>
  );
}

function claimWords(claimed: ClaimState): string | null {
  switch (claimed.state) {
    case 'empty':
      return null;
    case 'good':
      return say('details.claimGood');
    case 'whole':
      return say('details.claimWhole', { controller: claimed.controller });
    case 'short':
      return say('details.claimShort', { n: claimed.n });
    case 'long':
      return say('details.claimLong', { n: claimed.n });
    case 'letter':
      return say('details.claimLetter', { letter: claimed.letter });
    case 'group':
      return say('details.claimGroup', { n: claimed.n });
    case 'mistyped':
      return say('details.claimMistyped');
  }
}

/** Phones begin with a capital and end with a space. */
const asLabel = (typed: string): string => typed.trim().toLowerCase().replaceAll(' ', '-');
