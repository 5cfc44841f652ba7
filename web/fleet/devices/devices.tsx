/** The list of devices: narrowed down, in pages, chosen by hand or by what they match, and commanded together. */
import type { Change, DeviceList } from '@rockpool/protocol/fleet/api';
import { useEffect, useState } from 'preact/hooks';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { None, Read } from '../parts/panel.tsx';
import { canOperate } from '../person.ts';
import { type Filter, queryOf } from '../routes.ts';
import { PageHead } from '../shell/house.tsx';
import { useLive } from '../use-live.ts';
import { readDevices } from '../wire.ts';
import { count, say } from '../words/say.ts';
import { Filters } from './filters.tsx';
import { SelectionBar } from './selection-bar.tsx';
import { DeviceTable } from './table.tsx';

/** What a table draws at once without anyone noticing, on an old laptop too. */
const pageSize = 100;

export function Devices({ filter }: { filter: Filter }) {
  const query = queryOf(filter);
  // Where each page began: the controller tells of the next one only.
  const [pages, setPages] = useState<readonly (string | null)[]>([null]);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => {
    setPages([null]);
    setChosen(new Set());
  }, [query]);
  const after = pages.at(-1) ?? null;
  const shown = useLive(`devices ${query} ${after}`, {
    read: () => readDevices(filter, pageSize, after),
    concerns,
  });
  const next = shown.isOther ? null : (shown.value?.after ?? null);
  const turn = {
    back: pages.length > 1 ? () => setPages(pages.slice(0, -1)) : null,
    on: next === null ? null : () => setPages([...pages, next]),
  };
  usePageKeys(turn);
  return (
    <>
      <PageHead title={say('devices.title')}>
        {shown.value && <span class="page-count">{count('devices.count', shown.value.total)}</span>}
      </PageHead>
      <Filters filter={filter} />
      <Read shown={shown}>
        {(list) =>
          list.devices.length === 0 ? (
            <section class="panel" aria-label={say('devices.title')}>
              <None icon="search" words={say(query ? 'devices.none' : 'devices.noneAtAll')} />
            </section>
          ) : (
            <div class={shown.isOther ? 'listing panel-wait' : 'listing'} aria-busy={shown.isOther}>
              <DeviceTable
                devices={list.devices}
                chosen={canOperate.value ? chosen : null}
                choose={setChosen}
              />
              <Turner list={list} from={(pages.length - 1) * pageSize + 1} {...turn} />
            </div>
          )
        }
      </Read>
      {chosen.size > 0 && shown.value && (
        <SelectionBar chosen={chosen} choose={setChosen} filter={filter} total={shown.value.total} />
      )}
    </>
  );
}

/** Something happened to one that is shown; or to so many that nobody counted. */
function concerns(change: Change, list: DeviceList | null): boolean {
  if (change.devices === null || !list) return true;
  const names = new Set<string>(change.devices);
  return list.devices.length < pageSize || list.devices.some(({ name }) => names.has(name));
}

interface Turn {
  back: (() => void) | null;
  on: (() => void) | null;
}

function Turner({ list, from, back, on }: Turn & { list: DeviceList; from: number }) {
  if (!back && !on) return null;
  return (
    <div class="turner">
      <span class="note">
        {say('devices.range', {
          from: number(from),
          to: number(from + list.devices.length - 1),
          total: number(list.total),
        })}
      </span>
      <Button icon="left" disabled={!back} onClick={() => back?.()}>
        {say('devices.previous')}
      </Button>
      <Button icon="right" disabled={!on} onClick={() => on?.()}>
        {say('devices.next')}
      </Button>
    </div>
  );
}

function usePageKeys({ back, on }: Turn): void {
  useEffect(() => {
    const turn = (press: KeyboardEvent) => {
      if (press.defaultPrevented || press.target instanceof HTMLInputElement) return;
      if (press.key === '[') back?.();
      if (press.key === ']') on?.();
    };
    document.addEventListener('keydown', turn);
    return () => document.removeEventListener('keydown', turn);
  });
}
