/** Formulas as MathML, by temml, which builds nodes and so needs no inline style. Loaded when a formula first appears. */
import temml from 'temml';

const limits = { throwOnError: true, trust: false, maxExpand: 200, maxSize: [20, 20] as [number, number] };

/** Leaves the source as it was written when it is no formula. */
export function typeset(code: HTMLElement): void {
  const tex = code.textContent;
  if (!tex || tex.length > 4_000) return;
  const display = code.dataset['maths'] === 'display';
  const place = document.createElement('span');
  place.className = display ? 'maths maths-display' : 'maths';
  try {
    temml.render(tex, place, { ...limits, displayMode: display });
    if (display) place.tabIndex = 0;
    code.replaceWith(place);
  } catch {
    code.classList.add('maths-source'); // half a formula, or none: the source says as much as we know
  }
}
