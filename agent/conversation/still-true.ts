/** What was said from a memory that is forgotten or put right by now is not told to the model again. */
import type { Course } from './course.ts';
import type { StoredExchange } from './message-row.ts';

/** The history without exchanges that rest on a fact that no longer holds; the page still shows them. */
export async function stillTrue({ request, begun, parts }: Course): Promise<StoredExchange[]> {
  const { history } = begun;
  const facts = [...new Set(history.flatMap((exchange) => exchange.facts))];
  if (facts.length === 0) return history;
  const holding = new Set(await parts.memory.holding(request.person, facts));
  return history.filter((exchange) => exchange.facts.every((id) => holding.has(id)));
}
