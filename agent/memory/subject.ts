/** What a fact is about, as a key: a newer fact with the same key replaces the older one. */
import { oneSpaced } from './sentences.ts';
import { withoutStart } from './validity.ts';

/**
 * Null when nothing is replaced by it: "I like tea" and "I like coffee" are both true, and so are
 * "the printer is an HP" and "the printer is on the second floor".
 */
export function subjectOf(text: string): string | null {
  const said = oneSpaced(text.normalize('NFKC')).replace(/[.!。！\s]+$/u, '');
  const key = /\p{Script=Han}/u.test(said) ? chineseSubject(said) : englishSubject(said.toLowerCase(), said);
  return key === null || key === '' || key.length > 120 ? null : key;
}

/** The key of a thing that is only named: "our alarm code". */
export function keyOf(noun: string): string {
  const said = oneSpaced(noun.normalize('NFKC')).replace(/[.!?。！？\s]+$/u, '');
  return /\p{Script=Han}/u.test(said) ? chineseKey(said) : englishKey(said.toLowerCase());
}

/** Of these a thing has one, whatever is said of it. */
const attributes =
  /(?:codes?|passwords?|passphrase|passcode|pin|numbers?|extension|address|e-?mail|phone|telephone|fax|mobile|name|nickname|username|login|combination|hours|deadline|birthday|anniversary|age|size|colou?r|manager|boss|accountant|receptionist|landlord|director|lawyer|doctor|dentist|supplier|contact|employer|capacity|budget|rent|price|cost|limit|rate|iban|id|key|ssid|network|title|job|profession|hometown|favou?rite \S+(?: \S+)?|wife|husband|partner|dog|cat|date|day|time|meeting room|version|owner|lead|caretaker|electrician|plumber|cleaner|holiday|flight|seat|desk|locker|platform|floor|room)$/u;

const fixed: readonly [RegExp, string][] = [
  [/^(?:my (?:full )?name(?: is|'s)|i am called|i'm called) /u, 'my name'],
  [/^(?:please |you can |just )?call me /u, 'call me'],
  [/^(?:i live|my home is|i now live|i moved to|i reside) /u, 'my home'],
  [/^(?:i work (?:for|at)|my employer is) /u, 'my employer'],
  [/^i work in /u, 'my workplace'],
  [/^(?:i was born (?:on|in)|my birthday is|my birthday's) /u, 'my birthday'],
  [/^(?:i am|i'm) \d{1,3}(?: years old)?$/u, 'my age'],
  [/^(?:i report to|my (?:manager|boss) is) /u, 'my manager'],
];

function englishSubject(said: string, original: string): string | null {
  const plain = withoutStart(said.replaceAll('’', "'"));
  const known = fixed.find(([form]) => form.test(plain));
  if (known) return known[1];
  if (/\balso\b|\btoo$/u.test(plain)) return null;
  const parts =
    /^(?<what>.+?)\s*(?:\s(?<be>is|are|was|were|will be)\s|'s\s(?=called|now|in\b|on\b|at\b)|:\s|\s(?:has|have) (?:been )?(?:changed|moved)(?= to\s)|\s(?:changed|moved)(?= to\s))\s*(?:now |currently |still |again )*(?<value>.+)$/u.exec(
      plain,
    )?.groups;
  if (!parts) return englishTimes(plain);
  const { what = '', be = '', value = '' } = parts;
  if (
    /^(?:i|we|you|it|this|that|these|those|he|she|they|there|here|what|who|where|if|when|everything|nothing)\b/u.test(
      what,
    )
  )
    return null;
  if (what.split(/\s+/u).length > 9) return null;
  if (be === 'are' && /,| and /u.test(value) && !/\d/u.test(value)) return null;
  if (/^(?:not|n't|no longer|never)\b/u.test(value)) return null;
  const key = englishKey(what);
  if (/^(?:called|named)\b/u.test(value)) return /\bname$/u.test(key) ? key : `${key} name`;
  if (attributes.test(key)) return key;
  const kind = kindOf(value);
  if (kind === 'what') return null;
  // A bare name can be many things: "Anna is our accountant", "Anna is allergic to nuts".
  if (kind === '' && /^(?:\p{Lu}\S*\s?)+$/u.test(original.slice(0, what.length))) return null;
  return kind === '' ? key : `${key} ${kind}`;
}

/** "The office closes at 6": one value for the verb, with the days it holds for in the key. */
function englishTimes(plain: string): string | null {
  const parts =
    /^(?<what>.{2,60}?)\s(?<verb>opens?|closes?|starts?|begins?|ends?|costs?|expires?|leaves?|arrives?|departs?)\s(?<value>(?:(?:at|on|by|in|from|until)\s)?\S*(?:\d|noon|midnight|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\S*(?:\s?(?:am|pm|a\.m|p\.m|o'clock|euros?|dollars?))?)(?<rest>.*)$/u.exec(
      plain,
    )?.groups;
  if (!parts) return null;
  const { what = '', verb = '', rest = '' } = parts;
  if (rest.trim() !== '' && !/^\s(?:on|in|during|for)\s/u.test(rest)) return null;
  return `${englishKey(what)} ${verb.replace(/s$/u, '')}${rest.replace(/\s+/gu, ' ')}`;
}

/** "Moved to the gym", "repaired by Ann", "led by Ben": a thing may be all of these at once, and each of them but once. */
const participle = /^(?<done>\p{L}{2,}ed|kept|led|run|held|built|written|sold|lent|paid|made)\b/u;

function kindOf(value: string): string {
  if (/^(?:moved|relocated) (?:in)?to\b/u.test(value)) return 'where';
  if (
    /^(?:at|on|every|from|until)\s(?:the\s)?(?:\d|noon|midnight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|mondays|fridays|weekdays|january|february|march|april|may|june|july|august|september|october|november|december|half|quarter|next|last|first)/u.test(
      value,
    )
  )
    return 'when';
  if (
    /^(?:in|on|at|under|behind|beside|next to|near|above|below|between|opposite|inside|outside|upstairs|downstairs|across)\b/u.test(
      value,
    )
  )
    return 'where';
  if (/^(?:allergic|called|named)\b/u.test(value)) return 'what';
  const done = participle.exec(value)?.groups?.['done'];
  if (
    done !== undefined &&
    !/^(?:closed|opened|allowed|needed|supposed|allergic|married|named|called)$/u.test(done)
  )
    return done;
  return /^(?:an?|one of|part of|allergic|responsible|in charge|able|good|closed|open|a lot|full|empty|due)\b/u.test(
    value,
  )
    ? 'what'
    : '';
}

function englishKey(noun: string): string {
  let key = noun
    .replaceAll('’', "'")
    .replace(/[^\p{L}\p{N}'@#&+./ -]/gu, ' ')
    .replace(/\bwi-?fi\b/gu, 'wifi')
    .replace(/\be-mail\b/gu, 'email')
    .replace(/\s+/gu, ' ')
    .trim();
  key = key
    .replace(/^(?:the|our|this|that|a|an|your)\s+/u, '')
    .replace(/^(?:new|old|current|latest|correct|right|actual)\s+/u, '');
  // "the code of the alarm" and "the alarm's code" are the alarm code.
  const of = /^(?<thing>[^ ]+(?: [^ ]+)?) (?:of|for|to) (?:the |our |this |a )?(?<whose>.+)$/u.exec(
    key,
  )?.groups;
  if (of) key = `${of['whose']} ${of['thing']}`;
  return key
    .replace(/'s\b/gu, '')
    .replace(/\b(?:the|our) /gu, '')
    .replace(/favorite/gu, 'favourite')
    .replace(/color/gu, 'colour')
    .replace(/\s+/gu, ' ')
    .trim();
}

function chineseSubject(said: string): string | null {
  const plain = withoutStart(said).replace(/^(?:现在|目前|如今)/u, '');
  if (/也|还有|之一/u.test(plain.slice(0, 14))) return null;
  if (
    /^我(?:的(?:全名|名字|真名))?(?:叫(?:做)?|是叫|的名字是)/u.test(plain) ||
    /^我的(?:全名|名字|真名)(?:是|叫)/u.test(plain)
  )
    return '我名字';
  if (/^(?:请|你可以|以后)*(?:叫我|称呼我)/u.test(plain)) return '叫我';
  if (/^我(?:现在)?住/u.test(plain)) return '我住址';
  if (/^我(?:今年|现在)?[\d一二三四五六七八九十]+岁/u.test(plain)) return '我年龄';
  const open =
    /^(?<what>.{1,12}?)(?:每天|周.|平时)?(?:早上|上午|下午|晚上|中午)?[\d一二三四五六七八九十:：半点]+(?<verb>开门|关门|上班|下班|营业|打烊|开会)$/u.exec(
      plain,
    )?.groups;
  if (open) return `${chineseKey(open['what'] ?? '')}${open['verb']}`;
  const parts =
    /^(?<what>.{1,24}?)(?:现在|已经|目前|以后)?(?<be>是|为|叫(?:做)?|(?:放|摆|停|挂|存)?(?<!现)在|改成|改为|换成|变成|变更为|[:：])(?:了)?(?<value>.+)$/u.exec(
      plain,
    )?.groups;
  if (!parts) return null;
  const { what = '', be = '', value = '' } = parts;
  if (/^(?:我|我们|他|她|你|这|那|这里|它|他们|今天|明天)$/u.test(what) || /^(?:不|没)/u.test(value))
    return null;
  if (/喜欢|爱吃|爱喝|讨厌/u.test(what) && !/最喜欢的/u.test(what)) return null;
  if (/^(?:一个|一种|一家|一名|一位|一台|个)/u.test(value)) return null;
  const isPlace = be.endsWith('在') && !/(?:时间|日期|生日)$/u.test(what);
  // What happened on a day was never anywhere, and another day it happens again.
  if (isPlace && /^(?:周|星期|礼拜|昨|今|明|上|下|[\d一二三四五六七八九十]+[月点号])|[了过]/u.test(value))
    return null;
  return isPlace ? `${chineseKey(what)}在` : chineseKey(what);
}

const chineseKey = (noun: string): string =>
  noun
    .toLowerCase()
    .replace(/^(?:我们|咱们|我們|公司|本公司|我司|这个|那个|新|旧|现在)(?:的)?/u, '')
    .replace(/wi-?fi/gu, 'wifi')
    .replace(/密碼/gu, '密码')
    .replace(/[的\s]/gu, '')
    .replace(/现在$|目前$/u, '');
