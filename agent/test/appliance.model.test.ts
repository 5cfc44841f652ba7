/** The appliance's main job, told as an office would live it: the real process, the built-in model, HTTP only. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Appliance, startAppliance, Visitor } from './appliance.ts';
import { handbook } from './handbook.ts';

let appliance: Appliance;
let ada: Visitor;

beforeAll(async () => {
  appliance = await startAppliance();
  await appliance.ready();
  ada = new Visitor(appliance.address);
  await ada.setUp(appliance.setupCode);
});
afterAll(() => appliance.remove());

describe('a person', () => {
  test('says what to remember, and hears it in a new chat with its citation', async () => {
    const told = await ada.say(await ada.newSession(), 'Remember that the alarm code is 4471');
    expect(told.message.outcome).toBe('complete');
    expect(told.frames.find((frame) => frame.type === 'remembered')?.facts[0]?.text).toBe(
      'The alarm code is 4471.',
    );

    const asked = await ada.say(await ada.newSession(), 'What is the alarm code?');
    expect(asked.answer).toContain('4471');
    expect(asked.message.citations).toMatchObject([{ kind: 'memory', text: 'The alarm code is 4471.' }]);
  });

  test('corrects a fact, and hears the newer one', async () => {
    await ada.say(await ada.newSession(), 'Remember that the door code is 1111.');
    await ada.say(await ada.newSession(), 'Remember that the door code is 2222.');
    const asked = await ada.say(await ada.newSession(), 'What is the door code?');
    expect(asked.answer).toContain('2222');
    expect(asked.answer).not.toContain('1111');
  });

  test('puts an answer right, and then has it forgotten, all in one chat', async () => {
    const chat = await ada.newSession();
    await ada.say(chat, 'Remember that the locker code is 5511.');
    expect((await ada.say(chat, 'What is the locker code?')).answer).toContain('5511');
    expect((await ada.say(chat, "No, it's 5512")).answer).toBe('Noted: The locker code is 5512.');
    expect((await ada.say(chat, 'What is the locker code?')).answer).toContain('5512');
    await ada.say(chat, 'Forget the locker code.');
    expect((await ada.say(chat, 'What is the locker code?')).answer).not.toMatch(/551[12]/);
  });

  test('says it in Chinese', async () => {
    await ada.say(await ada.newSession(), '请记住:会议室的密码是8823。');
    const asked = await ada.say(await ada.newSession(), '会议室的密码是多少?');
    expect(asked.answer).toContain('8823');
  });

  test('has a fact forgotten', async () => {
    await ada.say(await ada.newSession(), 'Remember that the parcel locker code is 9090.');
    await ada.say(await ada.newSession(), 'Forget the parcel locker code.');
    const asked = await ada.say(await ada.newSession(), 'What is the parcel locker code?');
    expect(asked.answer).not.toContain('9090');
  });

  test('adds a PDF and gets an answer with file name and page', async () => {
    const document = await ada.add('handbook.pdf', await handbook());
    expect(document).toMatchObject({ status: 'ready', kind: 'pdf', pages: 3 });
    const asked = await ada.say(await ada.newSession(), 'Where do visitors park?');
    expect(asked.answer).toContain('behind the bakery');
    expect(asked.message.citations[0]).toMatchObject({ kind: 'document', label: 'handbook.pdf, p. 2' });
  });
});

test("one person's memory never reaches another's prompt", async () => {
  const invite = await ada.json<{ code: string }>('POST', '/api/invites', { role: 'member' });
  const bob = new Visitor(appliance.address);
  await bob.json('POST', '/api/join', { code: invite.code, name: 'bob', password: 'another long password' });
  await ada.say(await ada.newSession(), 'Remember that the safe code is 7788.');
  const asked = await bob.say(await bob.newSession(), 'What is the safe code?');
  expect(asked.answer).not.toContain('7788');
  expect(
    asked.frames.filter((frame) => frame.type === 'context').flatMap((frame) => frame.citations),
  ).toEqual([]);
});

test('a chat goes on after a restart with nothing but its new words evaluated', async () => {
  const session = await ada.newSession();
  for (let turn = 0; turn < 6; turn += 1) await ada.say(session, `Hello, this is message number ${turn}.`);
  const before = await ada.say(session, 'Thank you!');
  await appliance.stop();
  appliance = await startAppliance(appliance.home);
  await appliance.ready();
  ada = await Visitor.signedIn(appliance.address);
  const after = await ada.say(session, 'Hello again!');
  expect(after.usage?.cachedTokens).toBeGreaterThanOrEqual((before.usage?.promptTokens ?? 0) - 1);
});

test('kill -9 loses no message that was shown as sent', async () => {
  const session = await ada.newSession();
  for await (const frame of ada.turn(session, { text: 'Is this message kept?' })) {
    if (frame.type === 'accepted') break;
  }
  await appliance.stop('SIGKILL');
  appliance = await startAppliance(appliance.home);
  await appliance.ready();
  ada = await Visitor.signedIn(appliance.address);
  expect((await ada.messages(session))[0]?.text).toBe('Is this message kept?');
});
