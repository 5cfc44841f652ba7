/** Prints pairs and distractors as one JSON, for a program in another language: `node export.ts > retrieval.json`. */
import { makeDistractors } from './distractors.ts';
import { loadPairs } from './pairs.ts';

process.stdout.write(JSON.stringify({ pairs: loadPairs(), distractors: makeDistractors() }));
