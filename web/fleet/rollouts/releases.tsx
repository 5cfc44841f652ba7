/** What the controller's repository holds, and how long its signatures hold. */
import type { ReleaseList } from '@rockpool/protocol/update/rollout';
import { number, size } from '../../i18n/amounts.ts';
import { Sentence } from '../alerts/alert-row.tsx';
import { None, Panel, Read } from '../parts/panel.tsx';
import { now } from '../parts/time.tsx';
import { canOperate } from '../person.ts';
import { newRolloutPath } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readReleases } from '../wire.ts';
import { isKey, say } from '../words/say.ts';
import { ReleaseName } from './release-name.tsx';
import { Tabs } from './rollouts.tsx';

const never = () => false;

export function Releases() {
  const shown = useLive('releases', { read: readReleases, concerns: never });
  return (
    <>
      <PageHead title={say('releases.title')}>
        <Tabs here="releases" />
      </PageHead>
      <Read shown={shown}>
        {({ releases, roles }) => (
          <div class="device-columns">
            <Panel title={say('releases.list')}>
              {releases.length === 0 ? (
                <None words={say('releases.none')} icon="about" />
              ) : (
                <ul class="rows">
                  {[...releases].sort(byAge).map((release) => (
                    <Row key={release.path} release={release} />
                  ))}
                </ul>
              )}
            </Panel>
            <Roles roles={roles} />
          </div>
        )}
      </Read>
    </>
  );
}

type Release = ReleaseList['releases'][number];

/** What can be rolled out stands first, the newest at the top. */
const byAge = (one: Release, other: Release): number =>
  Number(one.withdrawn) - Number(other.withdrawn) || other.madeAt - one.madeAt;

function Row({ release }: { release: Release }) {
  const { path, kind, counter, bytes, madeAt, notes, withdrawn } = release;
  return (
    <li class={withdrawn ? 'row row-over' : 'row'}>
      <div class="row-words">
        <p class="row-title">
          <ReleaseName path={path} kind={kind} />{' '}
          {withdrawn && <span class="outcome outcome-faint">{say('releases.withdrawn')}</span>}
        </p>
        {notes && <p class="alert-detail">{notes}</p>}
        <p class="row-note">
          <span>{size(bytes)}</span>
          <span>{say('releases.counter', { n: number(counter) })}</span>
          <span>
            <Sentence words={say('releases.made')} at={madeAt} />
          </span>
        </p>
      </div>
      {!withdrawn && canOperate.value && (
        <a class="button button-quiet" href={newRolloutPath(path)}>
          <span>{say('releases.rollOut')}</span>
          <span class="unseen">{` ${path}`}</span>
        </a>
      )}
    </li>
  );
}

type Role = ReleaseList['roles'][number];

function Roles({ roles }: { roles: readonly Role[] }) {
  return (
    <Panel title={say('releases.signed')}>
      <p class="note">{say('releases.signedText')}</p>
      {roles.length === 0 ? (
        <None words={say('releases.noRepository')} icon="about" />
      ) : (
        <ul class="rows">
          {roles.map((role) => (
            <RoleRow key={role.role} role={role} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

const soonMs = 14 * 86_400_000;
/** Timestamp and snapshot are made anew every day; a week is all that they ever have. */
const soonOnlineMs = 2 * 86_400_000;

function look({ role, expiresAt, signatures, threshold }: Role): 'good' | 'open' | 'bad' {
  const leftMs = expiresAt - now.value;
  if (leftMs <= 0 || signatures < threshold) return 'bad';
  const isOnline = role === 'timestamp' || role === 'snapshot';
  return leftMs < (isOnline ? soonOnlineMs : soonMs) ? 'open' : 'good';
}

function RoleRow({ role }: { role: Role }) {
  const words = `releases.role.${role.role}`;
  return (
    <li class="row">
      <div class="row-words">
        <p class="row-title">
          <code>{role.role}</code>{' '}
          <span class={`outcome outcome-${look(role)}`}>
            <Sentence
              words={say(role.expiresAt <= now.value ? 'releases.ended' : 'releases.ends')}
              at={role.expiresAt}
            />
          </span>
        </p>
        <p class="row-note">
          {isKey(words) && <span>{say(words)}</span>}
          <span>
            {say('releases.signatures', { have: number(role.signatures), need: number(role.threshold) })}
          </span>
          <span>{say('releases.version', { version: number(role.version) })}</span>
        </p>
      </div>
    </li>
  );
}
