/** What is chosen, choosing all that match, and commanding them together. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { number } from '../../i18n/amounts.ts';
import { Button } from '../../parts/button.tsx';
import { showToast } from '../../parts/toast.tsx';
import { CommandDialog } from '../device/command-dialog.tsx';
import { attempt } from '../parts/deed.ts';
import type { Filter } from '../routes.ts';
import { giveCommands, readDevices } from '../wire.ts';
import { count, say } from '../words/say.ts';

/** As many as one command may name. */
const mostNames = 10_000;
const readAtOnce = 500;

interface SelectionBarProps {
  chosen: ReadonlySet<string>;
  choose(names: ReadonlySet<string>): void;
  filter: Filter;
  total: number;
}

export function SelectionBar({ chosen, choose, filter, total }: SelectionBarProps) {
  const [found, setFound] = useState<number | null>(null);
  const [isCommanding, setCommanding] = useState(false);
  const isGone = useRef(false);
  useEffect(
    () => () => {
      isGone.current = true;
    },
    [],
  );
  const most = Math.min(total, mostNames);
  const chooseAll = async () => {
    const names = new Set<string>();
    try {
      for (let after: string | null | undefined; after !== null && names.size < most; ) {
        setFound(names.size);
        const page = await readDevices(filter, readAtOnce, after ?? null);
        if (isGone.current) return;
        for (const { name } of page.devices) if (names.size < most) names.add(name);
        after = page.after;
      }
      choose(names);
    } finally {
      setFound(null);
    }
  };
  return (
    <section class="selection" aria-label={count('devices.selected', chosen.size)}>
      <strong>{count('devices.selected', chosen.size)}</strong>
      {chosen.size < most && (
        <Button kind="plain" busy={found !== null} onClick={() => attempt(chooseAll)}>
          {found !== null
            ? say('devices.selecting', { n: number(found) })
            : say(most < total ? 'devices.selectMost' : 'devices.selectAll', { total: number(most) })}
        </Button>
      )}
      <span class="spring" />
      <Button kind="plain" onClick={() => choose(new Set())}>
        {say('devices.unselect')}
      </Button>
      <Button kind="main" onClick={() => setCommanding(true)}>
        {say('devices.command')}
      </Button>
      {isCommanding && (
        <CommandDialog
          names={[...chosen]}
          give={async (ask) => {
            await giveCommands({ ...ask, names: [...chosen] });
            showToast(count('devices.commandSent', chosen.size));
            choose(new Set());
          }}
          onClose={() => setCommanding(false)}
        />
      )}
    </section>
  );
}
