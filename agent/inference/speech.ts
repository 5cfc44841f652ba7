/** What the model writes, as events: text up to a stop string, tool calls from where one begins. */
import type { GenerateEvent } from './model.ts';
import { createTextGate } from './text-gate.ts';
import { type Calls, createCallScanner } from './tool-calls.ts';

export interface Speech {
  /** What to tell, and whether this ended the answer or began a call (with what came behind its opening already). */
  push(text: string): { events: GenerateEvent[]; stopped?: true; called?: string };
  /** When nothing more comes. */
  end(): GenerateEvent[];
  completeCalls(): number;
}

export function createSpeech(stops: readonly string[], calls: Calls | undefined): Speech {
  const scanner = createCallScanner();
  const open = calls?.dialect.open;
  let calling = calls?.forced ?? false;
  let gate = createTextGate(open === undefined ? stops : [...stops, open]);
  let silent = true;

  const say = (text: string): GenerateEvent[] => {
    if (text === '') return [];
    silent = false;
    return [{ type: 'delta', text }];
  };
  return {
    push(text) {
      if (calling) return { events: scanner.push(text) };
      const passed = gate.push(text);
      const events = say(passed.text);
      if (passed.marker === undefined) return { events };
      if (passed.marker !== open || stops.includes(open)) return { events, stopped: true };
      const rest = passed.rest ?? '';
      if (calls?.dialect.onlyFirst && !silent) {
        gate = createTextGate(stops);
        return { events: [...events, ...say(gate.push(passed.marker + rest).text)] };
      }
      calling = true;
      const written = calls?.dialect.onlyFirst ? passed.marker : '';
      return { events: [...events, ...scanner.push(written)], called: rest };
    },
    end: () => (calling ? [] : say(gate.end())),
    completeCalls: () => scanner.complete(),
  };
}
