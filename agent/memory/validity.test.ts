import { describe, expect, test } from 'vitest';
import { validityOf, withoutStart } from './validity.ts';

/** A Wednesday, at noon. */
const at = new Date(2026, 10, 25, 12).getTime();
const day = (y: number, m: number, d: number): number => new Date(y, m - 1, d).getTime();

describe('since and until when a sentence holds', () => {
  test.each<[string, number | null, number | null]>([
    ['From now on the meeting is at 9.', at, null],
    ['As of today our fax number is 5550192.', at, null],
    ['Starting Monday the meeting is at 9.', day(2026, 11, 30), null],
    ['Starting Monday, the meeting is at 9.', day(2026, 11, 30), null],
    ['From tomorrow the gate code is 5512.', day(2026, 11, 26), null],
    ['From next week on we close at five.', day(2026, 11, 30), null],
    ['As of 1 March our landlord is Mr Horvat.', day(2027, 3, 1), null],
    ['As of March 1st, 2028 the rent is 900 euros.', day(2028, 3, 1), null],
    ['Effective 2027-01-15 the IBAN changes.', day(2027, 1, 15), null],
    ['The rent is 900 euros from January.', day(2027, 1, 1), null],
    ['Our accountant is Ms Ito from next month.', day(2026, 12, 1), null],
    ['I have worked here since March.', day(2026, 3, 1), null],
    ["I'm on holiday until Friday.", null, day(2026, 11, 28)],
    ['We are open Monday until Friday.', null, null],
    ["I'm on leave until Friday.", null, day(2026, 11, 28)],
    ['The lift is closed until the end of the month.', null, day(2026, 12, 1)],
    ['I am on parental leave until 3 March.', null, day(2027, 3, 4)],
    ['The office is closed from 24 December to 2 January.', day(2026, 12, 24), day(2027, 1, 3)],
    ["I'm out of the office today.", null, day(2026, 11, 26)],
    ["I'm working from home this week.", null, day(2026, 11, 30)],
    ['The kitchen is closed for the next two weeks.', null, new Date(2026, 11, 9, 12).getTime()],
    ['We are open from Monday to Friday.', null, null],
    ['The office is open until 5 pm.', null, null],
    ['The contract was extended until March 2027.', null, null],
    ['The warranty runs until 3 March.', null, null],
    ['I work from home on Fridays.', null, null],
    ['I am from Lyon.', null, null],
    ['I parked the van on level 3B today.', null, null],
    ['The alarm code is 4471.', null, null],
    ['从现在起,报警代码是4472。', at, null],
    ['今后例会九点开始。', at, null],
    ['从下周一起,例会改到十点。', day(2026, 11, 30), null],
    ['从下周三开始我在家办公。', day(2026, 12, 2), null],
    ['从周五起大门密码是5512。', day(2026, 11, 27), null],
    ['从3月1日起,房东是何先生。', day(2027, 3, 1), null],
    ['自三月十五日起,传真停用。', day(2027, 3, 15), null],
    ['从下个月起午饭十块钱。', day(2026, 12, 1), null],
    ['明年一月起租金是九百。', day(2027, 1, 1), null],
    ['我休假到周五。', null, day(2026, 11, 28)],
    ['电梯停用到月底。', null, day(2026, 12, 1)],
    ['12月24日到1月2日放假。', day(2026, 12, 24), day(2027, 1, 3)],
    ['我今天在家办公。', null, day(2026, 11, 26)],
    ['和海棠的合同延长到明年三月。', null, null],
    ['送货改到周一。', null, null],
    ['我们周一到周五上班。', null, null],
    ['从周一到周五营业。', null, null],
    ['报警代码是4471。', null, null],
  ])('%s', (text, validFrom, validUntil) => expect(validityOf(text, at)).toEqual({ validFrom, validUntil }));
});

test.each([
  ['Starting Monday, the code is 5.', 'the code is 5.'],
  ['Starting Monday the code is 5.', 'the code is 5.'],
  ['The code is 5 from Monday.', 'The code is 5.'],
  ['From now on the meeting is at 9.', 'the meeting is at 9.'],
  ['We are open from Monday to Friday.', 'We are open from Monday to Friday.'],
  ['从下周一起,例会是十点。', '例会是十点。'],
])('what is left of "%s"', (text, rest) => expect(withoutStart(text)).toBe(rest));
