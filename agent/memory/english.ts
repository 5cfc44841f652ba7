/** What an English sentence asks of memory. */
import { nothing, type Reading } from './noticed.ts';

const leadIn =
  /^(?:(?:hi|hello|hey|ok|okay|alright|right|well|so|and|also|oh|yes|yeah|sure|thanks|thank you|great|good morning|good evening|listen|look|by the way|btw|one more thing|another thing|just so you know|for your information|fyi|you should know|i want you to know|i should mention|note)(?: (?:there|pebble|rockpool|everyone))?\s*[,!:;–—-]+\s*|(?:pebble|rockpool)\s*[,:!]\s*|(?:so|and|also|ok|okay|btw|by the way|just so you know|fyi|hi|hey|hello|i want you to know|you should know|i'd like you to know)\s+(?:that\s+)?)/iu;
const toldPolitely = /^(?:please|pls|kindly)[,:]?\s+/iu;
const tail =
  /\s*[,–—-]?\s*(?:please|pls|ok|okay|alright|right|thanks|thank you|will you|would you|can you|could you|got it|understood)\s*[.?!]*$/iu;

const rememberVerb =
  "(?:remember|memori[sz]e|note(?: down)?|take note|make a note|keep(?: it)? in mind|bear in mind|write(?: it| this)? down|jot(?: it| this)? down|save(?: it)?(?: to(?: your)? memory)?|store(?: it)?|record|(?:do not|don['’]?t|never) forget|learn)";
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
  /^(?:(?:please|can you|could you|would you|kindly|now)\s+)*(?:translate|rewrite|rephrase|paraphrase|summari[sz]e|proofread|correct|fix|improve|shorten|analy[sz]e|edit|polish|spell-?check|reply to|answer this|write|draft|compose|continue|complete|explain|convert|extract|classify|act as|you are (?:now )?an?)\b/iu;

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

/** Things of a home or an office that have one value; "The sky is blue" is no memory, "The door code is 9" is. */
const officeThing =
  '(?:\\S+ ){0,3}(?:code|codes|password|passphrase|passcode|pin|number|extension|address|e-?mail|phone|telephone|fax|wi-?fi|wlan|network|ssid|username|login|combination|hours|deadline|birthday|anniversary|meeting|appointment|office|reception|kitchen|printer|scanner|server|router|key|keys|alarm|safe|locker|parking|landlord|accountant|manager|boss|director|receptionist|caretaker|cleaner|plumber|electrician|supplier|customer|client|contact|lawyer|dentist|doctor|budget|rent|invoice|invoices|delivery|deliveries|lunch|training|standup|stand-up|party|holiday|vacation|flight|train|hotel|van|car|room|floor|toner|coffee machine|first aid kit|fire extinguisher|bins?|gate|door|warehouse|shop|store|branch|team|project|contract|lease|insurance|account|iban|vat id|tax id)(?: (?:of|for|at|in|to|on|with) (?:\\S+ ){0,3}\\S+)?';
const be = "(?:is|are|was|were|will be|['’]s|['’]re)";
const trouble =
  "(?:not\\b|n['’]t|broken|slow|down|crash|fail|stuck|missing|wrong|throw|giving|showing|returning|weird|strange|terrible|awful|great|nice|annoying|boring|too\\b|so\\b|very\\b|really\\b|driving me|killing|here[.!]?$|there[.!]?$|how\\b|what\\b|why\\b|that\\b|to\\b|whether\\b|about\\b|below|above|attached|as follows|following|likely|possibly|probably|maybe|perhaps|unclear|unknown|a (?:bit|little|problem|mess|joke|lie|question)\\b)";
const notAboutMe =
  '(?:question|problem|issue|guess|point|idea|request|opinion|concern|task|query|thought|theory|understanding|impression|mistake|fault|apologies|bad|pleasure|turn|answer|goal|prompt|input|text|draft|essay|function|program|script|app|query|plan|hope|intention|computer|laptop|browser|head|feeling|message)';

const statements = [
  /^(?:my (?:full |first |last |middle |real |nick)?name(?: is|['’]s)|i am called|i['’]m called|people call me|(?:please |you can |just )?call me|i go by)\s+(?!not\b|a (?:taxi|cab)\b|back\b|later\b|when\b|if\b|tomorrow\b|at\b|on\b).+$/iu,
  /^(?:i['’]?m|i am|im)\s+(?:(?:also|now|currently|severely|very|strictly|a strict|the)\s+)?(?:allergic|vegetarian|vegan|pescatarian|diabetic|coeliac|celiac|left-handed|right-handed|colou?r-?blind|deaf|married|engaged to|divorced|single|retired|pregnant|intolerant|lactose|gluten|from|based in|born|responsible for|in charge of|learning|studying|afraid of|\d{1,3}(?: years old)?[.!]?$|on (?:holiday|leave|vacation|parental)|out of (?:the )?office)\b.*$/iu,
  /^(?:i['’]?m|i am|im)\s+(?:an?|the|your new|one of the|head of|director of|\S+['’]s)\s+(?!(?:bit|little|lot|fan of (?:this|that|yours)|idiot|fool|mess|wreck|genius|same|one|only|first|last|best|worst|beginner at this)\b)[^,]{2,80}$/iu,
  /^i\s+(?:(?:usually|always|never|mostly|generally|normally|often|really|also|still|now|currently|only|(?:do not|don['’]?t|can(?:no|['’])?t|cannot|no longer))\s+)*(?:prefer|like|love|hate|dislike|enjoy|adore|detest|speak|live|reside|work|drive|own|drink|eat|play|wear|study|teach|report to|manage|lead|collect|smoke|sleep|commute|cycle|travel|celebrate|was born|grew up|tolerate)\b(?!\s+(?:it|this|that|these|those|your|you|the (?:answer|idea|first|second|last|way|sound)|to know|how|what|when|on (?:this|it|the (?:code|bug|problem|text))|with (?:this|that|it)|if|for it|like|well)\b)(?=[\s,.]).{2,}$/iu,
  /^i(?:['’]ve got|\s+have)\s+(?:(?:also|always|only|just)\s+)?(?:an?|one|two|three|four|five|six|seven|\d+)\s+(?:\S+ )?(?:dogs?|cats?|children|kids?|sons?|daughters?|brothers?|sisters?|siblings?|horses?|birds?|rabbits?|hamsters?|cars?|bikes?|vans?|allerg(?:y|ies)|(?:\S+ )?allergy|wife|husband|partner|twins?|grandchild(?:ren)?|appointment|pacemaker|degree|licen[cs]e|locker|parking space|desk|garden|boat|house|flat)\b.*$/iu,
  /^[iI](?:\s+have|['’]ve)?\s+(?:parked|hid|keep|kept|store|stored|lent|owe|moved to|started at|joined|got married|take my|lost my)\s+.*\b(?:in|on|at|under|behind|to|from|with|for|by|\d+|[\p{Lu}]\S*)\b.*$/u,
  /^i\s+(?:put|left|placed)\s+(?:the|my|our|your|a)\s+.+\b(?:in|on|at|under|behind|next to|beside|near)\s+(?:the|my|our|a|his|her|\p{Lu})\S*.*$/iu,
  /^my\s+favou?rite\s+.+\s(?:is|are)\s+.+$/iu,
  new RegExp(
    `^my\\s+(?!(?:\\S+ )?${notAboutMe}\\b)(?:\\S+ ){0,5}?(?:${be}|lives?|works?|drives?|likes?|loves?|hates?|prefers?|starts?|leaves?|expires?|arrives?|ends?|moved|speaks?|plays?|has|goes|owes?|costs?|changed|contains?)\\s+(?!${trouble}).+$`,
    'iu',
  ),
  new RegExp(
    `^our\\s+(?!(?:\\S+ )?${notAboutMe}\\b)(?:\\S+ ){0,6}?(?:${be}|lives?|works?|opens?|closes?|starts?|leaves?|expires?|arrives?|ends?|moved|delivers?|has|have|meets?|costs?|changed|needs?|uses?|comes?)\\s+(?!${trouble}).+$`,
    'iu',
  ),
  /^we(?:['’]?re|\s+are)\s+(?:(?:always|usually|now|also)\s+)?(?:closed|open|based|located|moving to|called|a (?:team|company|family|firm|branch|bakery|clinic|school|practice|shop)|\d+ (?:people|employees|colleagues))\b.*$/iu,
  /^we\s+(?:(?:usually|always|never|normally|now|also|only|(?:do not|don['’]?t|no longer))\s+)*(?:open|close|use|pay|order|ship|deliver|meet|start work|moved|switched|bank with|buy|rent|employ|have \d+|have (?:two|three|four|five|six|seven|eight|nine|ten|twelve)|accept|charge|serve|offer|sell|celebrate|park|work)\b(?!\s+(?:it|this|that|these|to (?:discuss|talk))\b).{2,}$/iu,
  new RegExp(
    `^(?:the|this)\\s+(?:new |old |main |current )?${officeThing}\\s+(?:(?:has|have) (?:changed to|moved to|been (?:changed|moved) to)|changed to|moved to|${be})\\s+(?:now\\s+)?(?!${trouble}).+$`,
    'iu',
  ),
  new RegExp(`^the\\s+.+\\s(?:is|are)\\s+now\\s+(?!${trouble}).+$`, 'iu'),
  new RegExp(`^(?:\\p{Lu}\\S*\\s){1,3}(?:is|are)\\s+(?:now\\s+)?(?:my|our)\\s+(?!${notAboutMe}\\b).+$`, 'u'),
  new RegExp(
    `^\\p{Lu}\\p{Ll}+(?:\\s\\p{Lu}\\p{Ll}+)?['’]s\\s+(?:birthday|phone|telephone|number|extension|e-?mail|email|address|desk|office|mobile|last day|first day)(?: \\S+)?\\s+${be}\\s+(?!${trouble}).+$`,
    'u',
  ),
  /^(?:from now on|from today(?: on)?|from tomorrow(?: on)?|as of|starting|effective|from (?:next (?:week|month|year|monday|tuesday|wednesday|thursday|friday)|monday|tuesday|wednesday|thursday|friday|saturday|sunday|january|february|march|april|may|june|july|august|september|october|november|december)(?: on)?)\b.{6,}$/iu,
];
const uncertain =
  /\b(?:might|could be|may be|would (?:be|have|like)|should be|i (?:think|guess|suppose|believe)|maybe|perhaps|probably|possibly|as an example|for example|supposed to|if (?:i|you|we|only))\b/iu;
const quoted = /^["“‘'「『]/u;
/** "My name is Bob, what's yours?": the question is none of the fact. */
const questionTail =
  /^(?<said>.+?)\s*[,;–—-]\s*(?:(?:so|and|but)\s+)?(?:please\b|(?:can|could|would|will|do|does|did|is|are|am|should|may) (?:you|i|we|it|there|that|the|my)\b|(?:what|who|when|where|why|which|how)\b|what['’]?s|write\b|tell\b|give\b|show\b|help\b|suggest\b|recommend\b|explain\b).*$/iu;

const bare = (sentence: string): string => sentence.replace(/[.!?…\s]+$/u, '');

export function readEnglish(sentence: string): Reading {
  const said = withoutLeadIn(sentence);
  if (quoted.test(said)) return nothing;
  if (never.test(said) || /^stop remembering (?:this|that|it|everything|anything|what)\b/iu.test(said))
    return { kind: 'never' };
  return (
    readRemember(said) ?? readForget(said) ?? readTask(said) ?? readCorrection(said) ?? readStatement(said)
  );
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

function readStatement(said: string): Reading {
  const tailed = questionTail.exec(said)?.groups?.['said'];
  const own = tailed ?? said;
  if (own.trim().endsWith('?') || question.test(own) || hypothetical.test(own) || uncertain.test(own))
    return nothing;
  if (own.length > 300 || !statements.some((statement) => statement.test(own))) return nothing;
  return { kind: 'statement', text: own };
}
