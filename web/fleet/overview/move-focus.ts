/** Arrow keys among links that lie in rows: sideways by order, up and down by where they lie. */

export function moveFocus(press: KeyboardEvent, list: HTMLElement | null): void {
  const links = [...(list?.querySelectorAll('a') ?? [])];
  const from = links.findIndex((link) => link.matches(':focus'));
  const to = target(press.key, from, links);
  if (to === undefined || from < 0) return;
  press.preventDefault();
  links[to]?.focus();
}

function target(key: string, from: number, links: readonly HTMLElement[]): number | undefined {
  const columns = columnsOf(links);
  const steps: Record<string, number> = {
    ArrowRight: from + 1,
    ArrowLeft: from - 1,
    ArrowDown: from + columns,
    ArrowUp: from - columns,
    Home: 0,
    End: links.length - 1,
  };
  const to = steps[key];
  return to === undefined || to < 0 || to >= links.length ? undefined : to;
}

function columnsOf(links: readonly HTMLElement[]): number {
  const top = links[0]?.offsetTop;
  const next = links.findIndex((link) => link.offsetTop !== top);
  return next < 0 ? links.length : next;
}
