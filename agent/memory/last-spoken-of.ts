/** Which fact the previous message of a session left behind: what "No, it's 4472" and "Forget that" are about. */

/** Beyond these the oldest is lost; a correction then has to name what it corrects. */
const maxSessions = 1_000;

export function createLastSpokenOf() {
  const factBySession = new Map<string, number>();
  const key = (personId: number, sessionId: string): string => `${personId}/${sessionId}`;

  return {
    put(personId: number, sessionId: string, factId: number): void {
      factBySession.set(key(personId, sessionId), factId);
      const oldest = factBySession.keys().next().value;
      if (factBySession.size > maxSessions && oldest !== undefined) factBySession.delete(oldest);
    },

    /** Once: two messages later "it" is something else. */
    take(personId: number, sessionId: string): number | undefined {
      const id = factBySession.get(key(personId, sessionId));
      factBySession.delete(key(personId, sessionId));
      return id;
    },
  };
}
