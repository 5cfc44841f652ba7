/** What kind of memory a sentence is: it decides how soon it pales. */
import type { FactKind } from '@rockpool/protocol/memory';

const procedure =
  /^(?:please\s+)?(?:always|never|in future|from now on,?\s+(?:please\s+)?(?!the|our|my|we|i)\p{L}+|answer|reply|use|call|lock|reset|press|ring|turn|switch)\b|\b(?:must|have to|has to|may only|before you|make sure)\b|^(?:请|以后请?|今后|一律|总是|每次)|必须|务必/iu;
const preference =
  /\b(?:prefers?|likes?|loves?|hates?|dislikes?|enjoys?|favou?rite|would rather|['’]d rather|can['’]?t stand)\b|喜欢|讨厌|偏好|爱吃|爱喝|最爱/iu;
/** What happened, or will happen once. */
const episode =
  /\b(?:parked|put|left|met|bought|ordered|sent|lent|owe|was|were|went|had|visited|appointment|flight|today|tomorrow|tonight|this (?:week|morning|afternoon|month)|next (?:week|month)|out of (?:the )?office|on (?:leave|holiday|vacation)|is away|until)\b|今天|明天|后天|昨天|这周|本周|下周|休假|请假|出差|停在|停用|到周|到月底/iu;

export function kindOf(text: string): FactKind {
  if (procedure.test(text)) return 'procedure';
  if (preference.test(text)) return 'preference';
  return episode.test(text) ? 'episode' : 'fact';
}
