"""What must hold for talk, sessions, tools and edges. Run `python3 -m unittest` in models/pebble."""
import json
import random
import re
import unittest

from corpus import edges, format, sessions, talk, tools
from corpus.chance import reseed

_SAMPLES = 400
_CALL = re.compile(r"<tool_call>(.*?)</tool_call>")
_ENTRY = re.compile(r"^\[(\d+)\] (?:\((.*?)\) )?(.*)$", re.M)


def _made(module, count=_SAMPLES, seed=1):
    rng = random.Random(seed)
    return [module.conversation(rng) for _ in range(count)]


def _declared(messages):
    """Name and schema of every function that the system text declares."""
    if messages[0][0] != "system" or "<tools>" not in messages[0][1]:
        return {}
    lines = messages[0][1].split("<tools>\n")[1].split("\n</tools>")[0].split("\n")
    functions = [json.loads(line)["function"] for line in lines]
    assert len({function["name"] for function in functions}) == len(functions), "a name twice"
    return {function["name"]: function["parameters"] for function in functions}


def _leaves(value):
    """Every text, number and truth value in JSON."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


class Talk(unittest.TestCase):
    def test_no_wording_asks_for_two_answers(self):
        """What is said in one way only must not stand under two answers."""
        seen = {}
        for answer, wordings in talk.TALK:
            for parts in wordings.phrases:
                if len(parts) == 1 and isinstance(parts[0], str):
                    other = seen.setdefault(parts[0].lower().strip("?.! "), answer)
                    self.assertEqual(other, answer, parts[0])

    def test_answers_of_the_first_pebble_stand(self):
        answers = {answer for answer, _ in talk.TALK}
        for beginning in (
            "Hello! How can I help?", "I'm Pebble, the small model built into Rockpool", "I can remember what you tell me", "You're welcome!",
            "Goodbye! I'll keep what you told me.", "Everything stays on this appliance", "No internet is needed", "Yes, I'm here.", "您好!", "再见!",
        ):
            self.assertTrue(any(answer.startswith(beginning) for answer in answers), beginning)

    def test_echoes_are_letter_for_letter(self):
        for chinese in (False, True):
            for seed in range(300):
                reseed(random.Random(seed))
                said, answered = talk.echo_turn(chinese)
                self.assertIn(answered, said)

    def test_the_clock_is_told_only_where_the_system_says_it(self):
        for messages in _made(talk, 3000):
            for role, text in messages:
                if role == "assistant" and re.match(r"(Today is|The date is|Current|The time is|It is \d)", text):
                    self.assertIn(text, messages[0][1])


class Everything(unittest.TestCase):
    def test_nothing_is_left_unfilled(self):
        for module in (talk, sessions, tools, edges):
            for messages in _made(module):
                for role, text in messages:
                    with self.subTest(module.__name__, text=text):
                        self.assertNotIn("\0", text)
                        self.assertNotIn("\1", text)
                        self.assertNotIn("<|", text)
                        self.assertIsNone(re.search(r"<#\w|\{(s|S|v|w|k|keys|shape|schema|person|room|thing|n)\}", text))
                        if role == "assistant":
                            self.assertEqual(text, text.strip())
                            self.assertTrue(text)

    def test_citations_point_to_what_they_quote(self):
        for module in (sessions, tools, edges):
            for messages in _made(module):
                for (_, said), (role, text) in zip(messages, messages[1:]):
                    cited = re.search(r"^(.*) \[(\d+)\]$", text, re.S)
                    if role != "assistant" or not cited or not said.startswith("Context:"):
                        continue
                    entries = {int(n): entry for n, _, entry in _ENTRY.findall(said.rsplit("\n\n", 1)[0])}
                    with self.subTest(module.__name__, said=said, text=text):
                        # first person is turned, so the end of the sentence is compared
                        self.assertIn(cited[1].split(" ")[-1].rstrip(".。").replace("您", "我"), entries[int(cited[2])].replace("您", "我"))


class Sessions(unittest.TestCase):
    def test_the_newest_value_wins(self):
        """A fact that was corrected is never given back with its old value."""
        for seed in range(300):
            reseed(random.Random(seed))
            chat = sessions.Chat(False)
            chat.tell()
            if chat.last is None or not chat.last.correctable():
                continue
            before = chat.last
            chat.correct()
            if chat.last is before:
                continue
            self.assertTrue(chat.messages[-1][1].startswith("Noted: "))
            for _ in range(3):
                chat.ask(chat.last)
            self.assertEqual([fact.text for fact in chat.facts if fact.family is before.family], [chat.last.text])
            self.assertNotEqual(chat.last.text, before.text)

    def test_chats_go_back_up_to_twenty_turns(self):
        longest = max(len(messages) for messages in _made(sessions, 1500))
        self.assertGreater(longest, 40)


class Tools(unittest.TestCase):
    def test_there_are_many_functions(self):
        self.assertGreaterEqual(len(tools.FUNCTIONS), 250)
        self.assertGreaterEqual(sum(1 for function in tools.FUNCTIONS if function.said_zh), 60)
        names = [name for function in tools.FUNCTIONS for name in function.names]
        self.assertEqual(len(names), len(set(names)), [name for name in names if names.count(name) > 1])
        for function in tools.FUNCTIONS:
            self.assertGreaterEqual(len(function.said), 4, function.names[0])

    def test_results_can_be_told(self):
        """Every result has a wording in which each of its values is known, and JSON that is JSON."""
        for function in tools.FUNCTIONS:
            known = {p.names[0] for p in function.parameters}
            for result, sentence in function.results:
                for new, name in re.findall(r"<(#?)([\w.]+)>", result + sentence):
                    self.assertTrue(new or name in known, f"{function.names[0]}: {name}")

    def test_calls_fit_what_was_declared_and_said(self):
        for messages in _made(tools, 2500):
            declared = _declared(messages)
            for (_, said), (role, text) in zip(messages, messages[1:]):
                if role != "assistant" or not text.startswith("<tool_call>"):
                    continue
                calls = [json.loads(call) for call in _CALL.findall(text)]
                self.assertEqual(text, "\n".join(format.tool_call(call["name"], call["arguments"]) for call in calls))
                for call in calls:
                    with self.subTest(said=said, text=text):
                        self._fits(call["arguments"], declared[call["name"]])
                        for value in _leaves(self._copied(call["arguments"], declared[call["name"]])):
                            if isinstance(value, str) and not re.fullmatch(r"\d\d:\d\d|\d{4}-\d\d-\d\d", value):
                                self.assertIn(value.lower(), said.lower())

    def _fits(self, value, schema):
        if "enum" in schema:
            self.assertIn(value, schema["enum"])
        kinds = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}
        self.assertIsInstance(value, kinds[schema["type"]])
        if schema["type"] == "object":
            self.assertLessEqual(set(schema.get("required", ())), set(value))
            self.assertEqual([name for name in schema["properties"] if name in value], list(value))
            for name, inner in value.items():
                self._fits(inner, schema["properties"][name])

    def _copied(self, value, schema):
        """The arguments without those that are chosen from a list."""
        if schema["type"] == "object":
            return {name: self._copied(inner, schema["properties"][name]) for name, inner in value.items()}
        return None if "enum" in schema else value

    def test_json_is_json(self):
        for messages in _made(tools, 1500):
            if _declared(messages) or not messages[-1][1].startswith("{"):
                continue
            value = json.loads(messages[-1][1])
            self.assertEqual(messages[-1][1], json.dumps(value, ensure_ascii=False, separators=(",", ":")))


class Edges(unittest.TestCase):
    def test_no_order_of_a_document_is_obeyed(self):
        """An answer that stands in no wording of the corpus is a copy of an entry."""
        known = {answer for answer, _ in talk.TALK} | {
            edges.EMPTY, edges.PUZZLED, edges.PUZZLED_ZH, edges.KEEP, edges.KEEP_ZH, edges.LINK, edges.LINK_ZH, format.OOD, format.OODZH, format.UNK, format.UNKZH,
        }
        for messages in _made(edges, 1500):
            for role, text in messages:
                if role == "assistant" and text not in known:
                    self.assertRegex(text, r" \[\d+\]$")

    def test_answers_do_not_go_round_in_circles(self):
        for messages in _made(edges, 1500):
            for role, text in messages:
                if role == "assistant":
                    self.assertLess(len(text), 600)


if __name__ == "__main__":
    unittest.main()
