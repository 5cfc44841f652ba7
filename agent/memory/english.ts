/** What an English sentence asks of memory. */
import { isDoubtful, saysFact } from './english-statements.ts';
import { nothing, type Reading } from './noticed.ts';

const leadIn =
  /^(?:(?:hi|hello|hey|ok|okay|alright|right|well|so|and|also|oh|yes|yeah|sure|thanks|thank you|great|good morning|good evening|listen|look|by the way|btw|(?:quick |small )?update|heads[ -]up|reminder|oh and|one more thing|another thing|just so you know|for your information|fyi|you should know|i want you to know|i should mention|note)(?: (?:there|pebble|rockpool|everyone))?\s*[,!:;–—-]+\s*|(?:pebble|rockpool)\s*[,:!]\s*|(?:oh and|so|and|also|ok|okay|btw|by the way|just so you know|fyi|hi|hey|hello|i want you to know|you should know|i'd like you to know)\s+(?:that\s+)?)/iu;
const toldPolitely = /^(?:please|pls|kindly)[,:]?\s+/iu;
const tail =
  /(?:\s*[,–—-]\s*(?:ok|okay|alright|right|understood)|(?:\s+|\s*[,–—-]\s*)(?:please|pls|thanks|thank you|will you|would you|can you|could you|got it))\s*[.?!]*$/iu;

const rememberVerb =
  "(?:remember|memori[sz]e|note(?: down)?|take note|make a note|keep(?: it)? in mind|bear in mind|write(?: it| this)? down|jot(?: it| this)? down|save(?: it)?(?: to(?: your)? memory)?|store(?: it)?|record|(?:do not|don['’]?t|never) forget|(?:do not|don['’]?t) let (?:me|us) forget|learn)";
const you =
  "(?:(?:can|could|would|will) you(?: please)?|(?:i['’]?d like|i would like|i want|i need) you to|you (?:must|should|need to|have to)|be sure to|make sure to|make sure you|try to|please)";
const explicit = new RegExp(
  `^(?:${you}\\s+)?(?<verb>${rememberVerb})(?<this> (?:this|the following|it))?(?<for> for (?:me|us|later|future reference|next time))?(?<link>\\s*[:,–—]\\s*|\\s+(?:that|of the fact that|the fact that)\\s+|\\s+)(?<rest>.+)$`,
  'iu',
);
const forLater =
  /^(?:for (?:future reference|the record|your records|later|your memory|reference|next time)|please note|note to self|note|nota bene|n\.?b\.?|memo|to remember|remember this)\s*[:,–—-]\s*(?:that\s+)?(?<rest>.+)$/iu;
const rememberPrevious =
  /^(?:and\s+)?(?:please\s+|you\s+(?:should|must)\s+|(?:can|could|would|will) you (?:please )?)?(?:remember|memori[sz]e|note(?: down)?|save|store|keep(?: in mind)?|write down|make a note of|take note of|(?:don['’]?t|do not|never) forget|keep|bear)\s+(?:this|that|it)(?: in mind| down)?(?: for (?:me|us|later|next time|future reference))?(?:,? (?:please|ok|okay|thanks|will you))?[.?!]*$/iu;
const rememberTail =
  /^(?<rest>.+?)\s*[,;–—-]\s*(?:so |and )?(?:please )?(?:remember|memori[sz]e|note|save|(?:don['’]?t|do not) forget|keep|bear)\s+(?:this|that|it)(?: in mind| down)?(?: for (?:me|us|later|next time|future reference))?(?:,? (?:please|ok|okay|thanks))?[.!]*$/iu;
const rememberNext =
  /^(?:please\s+|(?:can|could|would|will) you (?:please )?)?(?:remember|memori[sz]e|note(?: down)?|save|store|keep in mind|write down|for future reference|please note)(?:\s+(?:this|the following|these things|these|the following things))?(?: for (?:me|later))?\s*:$/iu;
const never =
  /^(?:please\s+|and\s+)?(?:(?:do not|don['’]?t|never|you (?:don['’]?t|do not) (?:need|have) to|no need to|you needn['’]?t|you must not|you mustn['’]?t|without|you should not|you shouldn['’]?t|i (?:do not|don['’]?t) want you to)\s+(?:remember(?:ing)?|memori[sz](?:e|ing)|sav(?:e|ing)|stor(?:e|ing)|not(?:e|ing)|keep(?:ing)?|record(?:ing)?|writ(?:e|ing) down))\b/iu;
const remindsOfMemories =
  /^(?:when|how|who|what|where|why|which|whether|if you|me\b|him\b|her\b|them\b|us\b|everything\b|anything\b|something\b|things?\b|what|my name$|(?:that )?(?:day|time|night|moment|trip|movie|film|song|guy|man|woman|conversation|one|old)\b)/iu;

const question =
  /^(?:(?:what|who|whom|whose|when|where|why|which|how|what['’]?s|who['’]?s|where['’]?s|when['’]?s|how['’]?s)\b|(?:do|does|did|is|are|was|were|am|can|could|will|would|should|shall|may|might|has|have|had|isn['’]?t|aren['’]?t|don['’]?t you|didn['’]?t|doesn['’]?t|won['’]?t|can['’]?t|couldn['’]?t)\s+(?:i|you|we|they|he|she|it|the|my|our|your|this|that|there|any|anyone|somebody|someone)\b)/iu;
const hypothetical =
  /^(?:if|suppose|supposing|imagine|assuming|assume|pretend|let['’]?s (?:say|pretend|assume|imagine)|say\b|what if|for example|for instance|e\.g\.|hypothetically|in case|unless|once upon|maybe|perhaps|i (?:think|guess|suppose|believe|wonder|wish|hope|assume|imagine|doubt))\b/iu;
const task =
  /^(?:(?:please|can you|could you|would you|kindly|now)\s+)*(?:translate|rewrite|rephrase|paraphrase|summari[sz]e|proofread|correct|fix|improve|shorten|analy[sz]e|edit|polish|spell-?check|reply to|answer this|write|draft|compose|continue|complete|add|mention|include|insert|append|replace|explain|convert|extract|classify|act as|you are (?:now )?an?)\b/iu;

const forget =
  /^(?:(?:please|kindly|now|just)\s+|(?:can|could|would|will) you(?: please)?\s+|you (?:can|may|should|must)(?: now)?\s+|i (?:want|need|would like) you to\s+|i['’]?d like you to\s+)*(?:forget|unremember|stop remembering)\s+(?<what>.+)$/iu;
const eraseFromMemory =
  /^(?:(?:please|kindly|now|just)\s+|(?:can|could|would|will) you(?: please)?\s+)*(?:delete|erase|remove|clear|wipe|drop)\s+(?<what>.+?)\s+from (?:your |the )?(?:memory|memories)$/iu;
const everythingAbout =
  /^(?:everything|all|anything|whatever)(?: (?:that )?(?:you (?:know|remember|have stored|were told|learned)|i (?:said|told you|have told you|['’]ve told you)))?(?: (?:about|on|of|regarding|concerning)) (?<what>.+)$/iu;
const whatWasSaid =
  /^(?:what i (?:just )?(?:said|told you)|what (?:you know|you remember|i said|i told you)|about|that|the fact that|the fact)(?: about)? (?<what>.+)$/iu;
const justSpokenOf =
  /^(?:(?:about )?(?:it|that|this)(?: (?:one|fact|again|please))?|what i (?:just )?(?:said|told you)(?: just now)?|the last (?:one|thing|fact)(?: i (?:said|told you))?|that last (?:one|bit|thing))$/iu;
const unforgettable =
  /^(?:things?|something|anything|everything|stuff|facts|memories|me|us|you|all of (?:it|this|that|them)|all (?:memories|facts)|what i tell you|(?:all |any |your |the |these )*(?:previous |prior |above |earlier |past )?(?:instructions?|prompts?|rules?|conversations?|messages?|chats?)|everything (?:you know|i said|i told you|above|so far)|(?:everything )?(?:you know )?about me|it all)$/iu;

const correction =
  /^(?:(?:no+|nope|wait|sorry|oops|oh|hmm|ah|actually|correction|wrong|not quite|that['’]?s (?:wrong|not right|incorrect|not correct)|my mistake|i was wrong|i made a mistake|i misspoke|i meant|i mean)(?:[,.:;!–—-]+\s*|\s+))+(?<rest>.+)$/iu;
const itIs =
  /^(?:(?:it|that|this)(?:['’]s|s| is| was| should be| must be| ought to be)(?: (?:actually|really|now))?|(?:i meant|i mean|make (?:it|that)|now|should be|rather))\s+(?<value>.+)$/iu;
const notThisBut =
  /^(?:not|it['’]?s not|it is not|it isn['’]?t)\s+(?<not>.+?)(?:,|;)?\s+(?:but|it['’]?s|it is)\s+(?<value>.+)$/iu;
const butNot = /^(?<value>.+?),?\s+(?:and )?not\s+(?<not>.+)$/iu;

const quoted = /^["“‘'「『]/u;
/** "My name is Bob, what's yours?": the question is none of the fact. */
const questionTail =
  /^(?<said>.+?)\s*[,;–—-]\s*(?:(?:so|and|but)\s+)?(?:please\b|(?:can|could|would|will|do|does|did|is|are|am|should|may) (?:you|i|we|it|there|that|the|my)\b|(?:what|who|when|where|why|which|how)\b|what['’]?s|write\b|tell\b|give\b|show\b|help\b|suggest\b|recommend\b|explain\b).*$/iu;

/** "Please don't call me Joanna, call me Jo": only the second half is a name. */
const notThatName = /^(?:please )?(?:don['’]?t|do not|never) call me \S+?[,;]? (?:but )?(?=call me )/iu;

const bare = (sentence: string): string => sentence.replace(/[.!?…\s]+$/u, '');

export function readEnglish(sentence: string): Reading {
  const said = withoutLeadIn(sentence).replace(notThatName, '');
  if (quoted.test(said)) return nothing;
  if (never.test(said) || /^stop remembering (?:this|that|it|everything|anything|what)\b/iu.test(said))
    return { kind: 'never' };
  return (
    readRemember(said) ??
    readForget(said) ??
    readTask(said) ??
    readCorrection(said) ??
    readStatement(said, sentence)
  );
}

/** Whether a sentence says that something is so; `task`: it sets work to do, or asks not to be remembered. */
export function assertsEnglish(sentence: string): boolean | 'task' {
  const said = withoutLeadIn(sentence);
  if (task.test(said) || never.test(said)) return 'task';
  const asks = said.trim().endsWith('?') || question.test(said) || forget.test(said);
  return !(asks || quoted.test(said) || hypothetical.test(said) || isDoubtful(said, sentence));
}

function withoutLeadIn(sentence: string): string {
  let said = sentence.trim();
  for (let i = 0; i < 3; i += 1) {
    const next = said.replace(leadIn, '');
    if (next === said || next === '') break;
    // "Note: …" and "For your information, …" ask for more than attention.
    if (/^note\b/iu.test(said)) break;
    said = next;
  }
  return said;
}

function readRemember(said: string): Reading | undefined {
  if (rememberNext.test(said)) return { kind: 'remember-next' };
  if (rememberPrevious.test(said)) return { kind: 'remember-previous' };
  const before = rememberTail.exec(said)?.groups?.['rest'];
  if (before !== undefined && !never.test(before)) return { kind: 'remember', text: before };
  const later = forLater.exec(said)?.groups?.['rest'];
  if (later !== undefined && !said.endsWith('?')) return { kind: 'remember', text: later.replace(tail, '') };
  const groups = explicit.exec(said.replace(toldPolitely, ''))?.groups;
  if (!groups) return undefined;
  const asks = /^(?:can|could|would|will) you/iu.test(said.replace(toldPolitely, ''));
  const rest = (groups['rest'] ?? '').replace(tail, '');
  const isQuestion = rest.trim().endsWith('?') && !asks;
  return isQuestion || !tellsSomething(rest, groups, asks)
    ? nothing
    : { kind: 'remember', text: bareQuestion(rest).replace(/^to\s+/iu, '') };
}

const bareQuestion = (rest: string): string => rest.replace(/\?+\s*$/u, '');

/** "Remember the milk" and "remember that day" name something without saying anything about it. */
function tellsSomething(rest: string, groups: Record<string, string | undefined>, asks: boolean): boolean {
  const { verb = '', link = '' } = groups;
  const strict = /^(?:save|store|record|learn|note|write|jot)/iu.test(verb);
  if (remindsOfMemories.test(rest)) return false;
  if (link.includes(':')) return rest.trim().length > 2;
  if (/\bthat\b/iu.test(link)) return rest.trim().split(/\s+/u).length >= 3 || /\d/u.test(rest);
  if (/^to\s/iu.test(rest)) return !asks && !strict && rest.split(/\s+/u).length > 2;
  if (asks || strict) return false;
  return (
    /\d/u.test(rest) ||
    /^(?:i|i['’]m|my|our|we|the|it)\b.*\b(?:is|are|am|was|['’]m|have|has|can['’]?t|don['’]?t|live|work|like|prefer|closes?|opens?)\b/iu.test(
      rest,
    )
  );
}

function readForget(said: string): Reading | undefined {
  const what = (forget.exec(bare(said.replace(tail, '')))?.groups ??
    eraseFromMemory.exec(bare(said.replace(tail, '')))?.groups)?.['what'];
  if (what === undefined) return undefined;
  if (justSpokenOf.test(what)) return { kind: 'forget', about: null, everything: false };
  if (unforgettable.test(what) || /^(?:to|how|when|why|who|if)\b/iu.test(what)) return nothing;
  const everything = everythingAbout.exec(what)?.groups?.['what'];
  if (everything !== undefined) {
    return /^(?:me|us|this|that|it|you)$/iu.test(everything)
      ? nothing
      : { kind: 'forget', about: everything, everything: true };
  }
  const about = whatWasSaid.exec(what)?.groups?.['what'] ?? what;
  return unforgettable.test(about) ? nothing : { kind: 'forget', about, everything: false };
}

const readTask = (said: string): Reading | undefined => (task.test(said) ? { kind: 'task' } : undefined);

function readCorrection(said: string): Reading | undefined {
  if (said.endsWith('?')) return undefined;
  const groups = correction.exec(said)?.groups;
  const rest = bare(groups?.['rest'] ?? said).replace(/^(?:no|actually|sorry|i meant|i mean)[,:]?\s+/iu, '');
  if (!groups && !/^(?:it['’]?s|it is|make (?:it|that)|not)\s/iu.test(rest)) return undefined;
  const swapped = notThisBut.exec(rest)?.groups;
  if (swapped) return { kind: 'correction', value: swapped['value'] ?? '', not: swapped['not'] ?? null };
  const value =
    itIs.exec(rest)?.groups?.['value'] ??
    (groups && /^(?:\S*\d\S*)(?: \S+){0,2}$/u.test(rest) ? rest : undefined);
  if (value === undefined)
    return groups
      ? { kind: 'restated', text: rest, plain: readStatement(rest).kind === 'statement' }
      : undefined;
  const but = butNot.exec(value)?.groups;
  if (!groups && !but) return undefined;
  return { kind: 'correction', value: but?.['value'] ?? value, not: but?.['not'] ?? null };
}

function readStatement(said: string, whole = said): Reading {
  const tailed = questionTail.exec(said)?.groups?.['said'];
  const own = tailed ?? said;
  if (own.trim().endsWith('?') || question.test(own) || hypothetical.test(own)) return nothing;
  return saysFact(own, whole) ? { kind: 'statement', text: own } : nothing;
}
