"""What must hold for every conversation. Run `python3 -m unittest` in models/pebble."""
import random
import re
import time
import unittest

import corpus
from corpus import alphabets, context, corrections, families, format, slots, topics
from corpus.asked import from_families, from_grammar
from corpus.chance import reseed
from corpus.sentence import answer
from corpus.theme import theme

_ENTRY = re.compile(r"^\[(\d+)\] (.*)$")
_CITED = re.compile(r"(.*?) \[(\d+)\]\s*", re.S)
_SAMPLES = 60
_RESULT = format.tool_result("").split("</")[0]
# kinds whose cited answers are copies of a sentence; the others answer some questions in words of their own
_COPIED = ("grammar", "families", "quiz", "topics", "passages", "tables", "two", "newer", "yes-no", "steps", "lists", "long", "window", "told")


def _entries(question):
    lines = question.split(format.with_context([("", "x")], "")[-2:])[0].split("\n")
    return {int(match[1]): match[2] for match in map(_ENTRY.match, lines[1:])} if lines[0] == "Context:" else {}


def _said(text):
    """The text as an answer tells it, whatever stands before it."""
    return answer(answer(text, True, False), True, True).casefold()


class Conversations(unittest.TestCase):
    def test_the_seed_decides(self):
        for kind in corpus.MIX:
            with self.subTest(kind):
                first = [corpus.of_kind(kind, random.Random(seed)) for seed in range(8)]
                self.assertEqual(first, [corpus.of_kind(kind, random.Random(seed)) for seed in range(8)])
        self.assertEqual(corpus.conversation(random.Random(7)), corpus.conversation(random.Random(7)))
        self.assertEqual(corpus.pair(random.Random(7)), corpus.pair(random.Random(7)))

    def test_roles_take_turns(self):
        rng = random.Random(1)
        for kind in corpus.MIX:
            for _ in range(_SAMPLES):
                messages = corpus.of_kind(kind, rng)
                # the results of several calls follow each other
                messages = [m for m in messages if not m[1].startswith(_RESULT)]
                roles = [role for role, _ in messages]
                turns = roles[1:] if roles[0] == "system" else roles
                with self.subTest(kind, messages=messages):
                    self.assertEqual(turns[0], "user")
                    self.assertLessEqual(set(turns), {"user", "assistant", format.EARLIER})
                    self.assertEqual(turns[-1], "assistant")
                    for one, next_ in zip(turns, turns[1:]):
                        self.assertTrue(one != "user" or next_ != "user")
                        self.assertTrue(kind == "tools" or one == "user" or next_ == "user")
                    self.assertNotIn("{", "".join(text for role, text in messages if role == "assistant" and kind in _COPIED))

    def test_entries_are_numbered_lines(self):
        rng = random.Random(2)
        for kind in _COPIED:
            for _ in range(_SAMPLES):
                for role, text in corpus.of_kind(kind, rng):
                    if role == "user" and text.startswith("Context:\n"):
                        head = text.split("\n\n")[0].split("\n")[1:]
                        self.assertEqual([int(_ENTRY.match(line)[1]) for line in head], list(range(1, len(head) + 1)), text)

    def test_a_cited_answer_stands_in_its_entry(self):
        rng = random.Random(3)
        checked = 0
        for kind in _COPIED:
            for _ in range(_SAMPLES):
                messages = corpus.of_kind(kind, rng)
                for (_, question), (role, said) in zip(messages, messages[1:]):
                    entries = _entries(question)
                    if role != "assistant" or not entries or said in (format.UNK, format.UNKZH):
                        continue
                    for text, number in _CITED.findall(said):
                        checked += 1
                        self.assertIn(text.casefold(), _said(entries[int(number)]), (kind, question, said))
        self.assertGreater(checked, 500)

    def test_what_cannot_be_answered_has_no_answer_in_its_entries(self):
        reseed(random.Random(4))
        for i in range(300):
            chinese = i % 4 == 0
            theme.renew(chinese)
            asked = from_families(chinese) if i % 3 else from_grammar(chinese)
            made = context.unanswerable_turn(asked)
            if not made:
                continue
            question, said, _ = made
            self.assertEqual(said, format.UNKZH if chinese else format.UNK)
            self.assertNotIn(asked.text, question)
            if asked.situation and asked.slot != "*":
                _, template = asked.situation.family.questions[asked.index]
                needed = [asked.situation.values[slot] for slot in {*template.slots, asked.slot}]
                held = [all(value in line for value in needed) for line in question.split("\n\n")[0].split("\n")]
                self.assertFalse(any(held) and len(needed) > 1 and len("".join(needed)) > 12, (asked.question, question))

    def test_a_correction_says_the_new_value(self):
        reseed(random.Random(6))
        cases = (
            ("The ladder leans behind the shed.", "behind the shed", "in the garage", "place", False), ("The ferry departs at 07:25.", "07:25", "07:45", "time", False),
            ("Ondra waters the cactus.", "Ondra", "Livia", "person", False), ("酒席订在六号厅。", "六号厅", "三号厅", "place", True), ("领队是焦雨。", "焦雨", "石磊", "person", True),
        )
        for text, value, old, sort, chinese in cases:
            for directly in (True, False):
                made = {corrections.said(text, value, old, sort, chinese, directly) for _ in range(200)}
                with self.subTest(text, directly=directly):
                    self.assertGreater(len(made), 15)
                    for said in made:
                        self.assertIn(value.lower(), said.lower())

    def test_a_topic_is_asked_in_words_that_the_statement_lacks(self):
        reseed(random.Random(7))
        for language in ("en", "zh"):
            for _ in range(200):
                question, said, other, topic = topics.asked_and_said(language)
                self.assertTrue(question and said and other)
                self.assertNotEqual(said, other)
            question, said, other = topics.sharing_one_word(language)
            self.assertTrue(question and said and other)

    def test_alphabets_reach_the_bytes_of_latin_greek_and_cyrillic(self):
        reseed(random.Random(8))
        seen = set("".join(alphabets.anything() for _ in range(4000)).encode())
        # what begins a letter of two bytes, and what may follow
        self.assertLessEqual({0xC3, 0xC4, 0xC5, 0xCE, 0xCF, 0xD0, 0xD1, *range(0x80, 0xC0)}, seen)

    def test_rendered_as_the_template_does(self):
        messages = [("system", "s"), ("user", "u"), (format.EARLIER, "e"), ("user", "v"), ("assistant", "a")]
        roles = ["system", "user", "assistant", "user", "assistant"]
        texts = "sueva"
        expected = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in zip(roles, texts))
        self.assertEqual(corpus.render(messages), expected)


class Stock(unittest.TestCase):
    def test_families(self):
        self.assertGreater(len(families.ALL), 100)
        for language, found in families.BY_LANGUAGE.items():
            known = slots.slot_types()
            for family in found:
                with self.subTest(family.title):
                    self.assertTrue(family.statements and family.questions)
                    self.assertLessEqual({name.rstrip("0123456789") for name in family.slots}, known)
                    values = family.values()
                    for template in family.statements + family.unanswered + [question for _, question in family.questions]:
                        self.assertNotRegex(template.fill(values), r"[{}]")

    def test_every_slot_has_values(self):
        for language, fillers in slots.FILLERS.items():
            self.assertEqual(set(fillers), slots.slot_types())
            for slot in fillers:
                for _ in range(40):
                    value = slots.fill(slot, language)
                    self.assertTrue(value.strip() == value != "", (slot, value))

    def test_pairs(self):
        rng = random.Random(5)
        for _ in range(400):
            question, right, wrong, group = corpus.pair(rng)
            self.assertTrue(question and right and wrong and group)
            self.assertNotEqual(right, wrong)


class Speed(unittest.TestCase):
    def test_speed_is_told(self):
        rng, begun = random.Random(6), time.perf_counter()
        letters = sum(len(text) for _ in range(1000) for _, text in corpus.conversation(rng))
        taken = time.perf_counter() - begun
        begun = time.perf_counter()
        for _ in range(1000):
            corpus.pair(rng)
        print(f"\n{taken:.3f} ms and {letters / 1000:.0f} letters a conversation, {time.perf_counter() - begun:.3f} ms a pair")


if __name__ == "__main__":
    unittest.main()
