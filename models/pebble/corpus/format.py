"""How a prompt is written: system text, numbered entries, citations, fixed replies, tools. `prompt.json` is the one definition."""
import json
from pathlib import Path

_PROMPT = json.loads((Path(__file__).parent.parent / "prompt.json").read_text(encoding="utf8"))
_CONTEXT = _PROMPT["context"]
_LABELS = _PROMPT["labels"]
_TOOLS = _PROMPT["tools"]
_MESSAGE_HEAD, _MESSAGE_TAIL = _PROMPT["chat"]["message"].split("{text}")

SYSTEM = _PROMPT["system"]
UNKNOWN = _PROMPT["replies"]["unknown"]
BEYOND = _PROMPT["replies"]["beyond"]
# the declining answers under the names that other modules know
UNK, UNKZH = UNKNOWN["en"], UNKNOWN["zh"]
OOD, OODZH = BEYOND["en"], BEYOND["zh"]
NOTED = {"en": "Noted: ", "zh": "记住了:"}


def memory_label(day):
    """The label of a fact that was said on that day (2026-03-02)."""
    return _LABELS["memory"].replace("{date}", day)


def document_label(name, page=None):
    """The label of a passage, with its page where the document has pages."""
    if page is None:
        return _LABELS["document"].replace("{name}", name)
    return _LABELS["documentPage"].replace("{name}", name).replace("{page}", str(page))


def entry_line(number, label, text):
    """One entry of a context; always one line, as the agent writes it."""
    line = _CONTEXT["entry"] if label else _CONTEXT["entry"].replace("({label}) ", "")
    return line.replace("{n}", str(number)).replace("{label}", label).replace("{text}", " ".join(text.split()))


def context_block(entries):
    """Entries, each (label, text), numbered from 1."""
    lines = [entry_line(number, label, text) for number, (label, text) in enumerate(entries, 1)]
    return _CONTEXT["entryGap"].join([_CONTEXT["header"], *lines])


def with_context(entries, question):
    """The newest message: the entries, then what is asked; without entries the question alone."""
    return context_block(entries) + _CONTEXT["questionGap"] + question if entries else question


def cite(text, number):
    """A sentence with the number of the entry it was copied from."""
    return text + _PROMPT["citation"].replace("{n}", str(number))


def as_json(value):
    """JSON with a space after every comma and colon, letters as they are."""
    return json.dumps(value, ensure_ascii=False)


def tool_declaration(name, description, parameters):
    """One line of the list of tools; `parameters` is a JSON schema."""
    line = _TOOLS["declaration"].replace("{name}", as_json(name), 1).replace("{description}", as_json(description), 1)
    head, tail = line.rsplit("{parameters}", 1)
    return head + as_json(parameters) + tail


def tool_system(system, declarations):
    """The system text that declares tools, after the one that stands without them (may be empty)."""
    before = system + "\n\n" if system else ""
    return before + _TOOLS["before"] + "\n".join(declarations) + _TOOLS["after"]


def tool_call(name, arguments):
    """What the assistant writes to call a function."""
    head, tail = _TOOLS["call"].replace("{name}", as_json(name), 1).rsplit("{arguments}", 1)
    return head + as_json(arguments) + tail


def tool_result(content):
    """What the function gave back, as the next message tells it."""
    return _TOOLS["result"].replace("{content}", content)


# an earlier answer whose entries are no longer shown: it is read as the assistant's, but must not be learned, for nothing bears it out
EARLIER = "earlier"


def message(role, text):
    """One message in ChatML."""
    role = "assistant" if role == EARLIER else role
    return _MESSAGE_HEAD.replace("{role}", role) + text + _MESSAGE_TAIL


def render(messages):
    """A conversation as the chat template of the GGUF writes it."""
    return "".join(message(role, text) for role, text in messages)
