/** Whether an Enter sends: never while an input method is composing, in any of the three ways browsers say so. */

export interface KeyPress {
  key: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

/**
 * Safari ends a composition before it tells the Enter that ended it, as key 229. Chrome on macOS may tell 229 for the Enter
 * that is meant to send as well. So 229 refuses only this long after a composition.
 */
export const afterCompositionMs = 300;

export class Composition {
  #composing = false;
  #endedAt = Number.NEGATIVE_INFINITY;

  started(): void {
    this.#composing = true;
  }

  ended(now: number): void {
    this.#composing = false;
    this.#endedAt = now;
  }

  sends(press: KeyPress, now: number): boolean {
    if (press.key !== 'Enter' || press.shiftKey || press.altKey) return false;
    if (press.isComposing || this.#composing) return false;
    return press.keyCode !== 229 || now - this.#endedAt > afterCompositionMs;
  }
}
