import { expect, test } from 'vitest';
import { kindOf } from './kind.ts';

test.each([
  ['The alarm code is 4471.', 'fact'],
  ['My manager is Anna.', 'fact'],
  ['I prefer short answers.', 'preference'],
  ['My favourite colour is green.', 'preference'],
  ['Always answer me in German.', 'procedure'],
  ['From now on answer in German.', 'procedure'],
  ['From now on the meeting is at 9.', 'fact'],
  ['Visitors must sign in at reception.', 'procedure'],
  ['I parked the van on level 3B.', 'episode'],
  ["I'm on leave until Friday.", 'episode'],
  ['报警代码是4471。', 'fact'],
  ['我喜欢喝茶。', 'preference'],
  ['以后请用中文回答我。', 'procedure'],
  ['电梯停用到周五。', 'episode'],
])('%s is a %s', (text, kind) => expect(kindOf(text)).toBe(kind));
