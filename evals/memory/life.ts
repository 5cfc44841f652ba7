/** What an office's life is made of, in one language: matters, how they are told, how they change, how they are asked about. */

/** `{it}`: what it is about; `{v}`: what is told about it. `{name}` of any stock stands for one of it. */
export interface Topic {
  /** A stock: one of it is the matter. Left out: the person, or the office itself. */
  about?: string;
  /** A stock, or a text with stocks in it. */
  value: string;
  says: readonly string[];
  /** How it is told that it is no longer what it was; left out: it never changes. */
  changes?: readonly string[];
  /** How people ask, in their own words. Even places are the evaluation's, odd ones are for tuning. */
  asks: readonly string[];
}

export interface Life {
  people: readonly string[];
  stocks: Readonly<Record<string, readonly string[]>>;
  /** Each person's own, told by themselves about what they work on. */
  mine: readonly Topic[];
  /** Told by an admin, for all. */
  office: readonly Topic[];
  /** What happened: nobody asks for it, and it names the same people and matters. */
  diary: readonly string[];
  /** How a person asks for something to be kept; `{said}` is what. */
  asksToRemember: readonly string[];
  /** Said right after a fact, it puts its value right. */
  correction: string;
  /** Questions and requests about nothing that anybody told. */
  unrelated: readonly string[];
}
