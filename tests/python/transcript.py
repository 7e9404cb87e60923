"""Reads the transcript format of tests/transcripts/README.md, strictly: what it does not know is an error with its line number."""

import json
import re
from dataclasses import dataclass, field

STRING = r'"(?:[^"\\]|\\.)*"'
MESSAGE = re.compile(r"^([A-Z][0-9]*)(>>|>!|>|<<|<\.\.\.|<)\s+(.+)$", re.DOTALL)
CONNECTION = re.compile(r"^([A-Z][0-9]*)(?::(ws|tcp))?$")
HEADERS = ("transports", "connections", "option", "needs", "fresh")


class FormatError(Exception):
    """A file that does not follow the format; begins with name:line."""


@dataclass
class Step:
    """kind: send, send_bytes, expect, expect_bytes, skip_to, any_order, eventually, sync, nothing, closed, connect, close, cut, advance."""

    line: int
    kind: str
    connection: str = ""
    value: object = None
    steps: list = field(default_factory=list)


@dataclass
class Transcript:
    name: str
    transports: list = field(default_factory=lambda: ["ws", "tcp"])
    connections: list = field(default_factory=lambda: [("A", None)])
    options: dict = field(default_factory=dict)
    needs: set = field(default_factory=set)
    steps: list = field(default_factory=list)


def parse(name, text, suffix=""):
    return _Parser(name, text, suffix).parse()


def pattern(text):
    """JSON in which ... may stand as a member."""
    return json.loads(re.sub(STRING + r"|\.\.\.", lambda m: '"...":0' if m[0] == "..." else m[0], text))


def to_bytes(text):
    data, end = bytearray(), 0
    item = re.compile(r"\s*([0-9A-Fa-f]{2}|" + STRING + r")(?:\*([0-9]+))?(?:\s+|$)")
    while end < len(text):
        match = item.match(text, end)
        if not match:
            raise ValueError(f"bytes are pairs of hexadecimal digits and strings, not '{text[end:]}'")
        one = json.loads(match[1]).encode() if match[1][0] == '"' else bytes.fromhex(match[1])
        data += one * int(match[2] or 1)
        end = match.end()
    return bytes(data)


class _Parser:
    def __init__(self, name, text, suffix):
        self.name, self.suffix, self.fresh, self.known = name, suffix, [], set()
        self.transcript = Transcript(name)
        self.lines, self.next = self.logical_lines(text), 0

    def logical_lines(self, text):
        lines = []
        for number, raw in enumerate(text.split("\n"), 1):
            line = raw.rstrip()
            if not line or line[0] == "#":
                continue
            if line[0] not in " \t":
                lines.append((number, line))
            elif not lines:
                raise FormatError(f"{self.name}:{number}: there is no line that this one could continue")
            else:
                lines[-1] = (lines[-1][0], lines[-1][1] + " " + line.strip())
        return lines

    def parse(self):
        seen = set()
        while self.next < len(self.lines) and self.guarded(lambda line, text: self.header(text, seen)):
            self.next += 1
        for connection in self.transcript.connections:
            self.know(connection)
        while self.next < len(self.lines):
            self.transcript.steps.append(self.guarded(self.step))
            self.next += 1
        if not self.transcript.steps:
            raise FormatError(f"{self.name}:1: there are no steps")
        return self.transcript

    def guarded(self, read):
        line, text = self.lines[self.next]
        try:
            return read(line, text)
        except ValueError as error:
            raise FormatError(f"{self.name}:{line}: {error}") from error

    def header(self, text, seen):
        word, *rest = text.split()
        if word not in HEADERS:
            return False
        if not rest or (word != "option" and word in seen):
            raise ValueError(f"'{word}' says nothing, or is said twice")
        seen.add(word)
        transcript = self.transcript
        if word == "transports":
            transcript.transports = [self.one_of(w, "ws", "tcp", "mixed") for w in rest]
        elif word == "connections":
            transcript.connections = [] if rest == ["none"] else [self.connection(w) for w in rest]
        elif word == "needs":
            transcript.needs |= {self.one_of(w, "clock", "functions") for w in rest}
        elif word == "fresh":
            self.fresh = rest
        else:
            key, equals, value = text[7:].partition("=")
            if not equals:
                raise ValueError("an option is NAME=VALUE")
            transcript.options[key.strip()] = value.strip()
        return True

    def step(self, line, text):
        match = MESSAGE.match(text)
        if match:
            return self.message(line, self.is_known(match[1]), match[2], match[3])
        words = re.findall(STRING + r"|\S+", text)
        if words == ["any", "order"]:
            return Step(line, "any_order", steps=self.block(line, {"expect"}))
        if words == ["eventually"]:
            return Step(line, "eventually", steps=self.block(line, {"send", "expect"}))
        if words[0] == "sync" and len(words) > 1:
            return Step(line, "sync", value=[self.is_known(w) for w in words[1:]])
        if words[:2] == ["expect", "nothing"] and len(words) > 2:
            return Step(line, "nothing", value=[self.is_known(w) for w in words[2:]])
        if words[:2] == ["expect", "closed"] and len(words) in (3, 4):
            return Step(line, "closed", self.is_known(words[2]), int(words[3]) if len(words) == 4 else None)
        if words[0] in ("close", "cut") and len(words) == 2:
            return Step(line, words[0], self.is_known(words[1]))
        if words[0] == "connect" and len(words) > 1:
            return self.connect(line, words)
        if words[0] == "advance" and len(words) == 2 and re.match(r"^[0-9]+(\.[0-9]+)?(ms|s|m|h)$", words[1]):
            self.transcript.needs.add("clock")
            return Step(line, "advance", value=words[1])
        raise ValueError(f"no such line: {text}")

    def message(self, line, connection, arrow, text):
        if arrow in (">>", "<<"):
            return Step(line, "send_bytes" if arrow == ">>" else "expect_bytes", connection, to_bytes(text))
        for word in self.fresh:
            text = re.sub(rf"(?<![\w-]){re.escape(word)}(?![\w-])", word + self.suffix, text)
        text = re.sub(r"<repeat:([^:>]+):([0-9]+)>", lambda m: m[1] * int(m[2]), text)
        if arrow[0] == "<":
            return Step(line, "expect" if arrow == "<" else "skip_to", connection, pattern(text))
        if arrow == ">":
            json.loads(text)
        return Step(line, "send", connection, text)

    def block(self, line, kinds):
        steps = []
        self.next += 1
        while self.next < len(self.lines):
            if self.lines[self.next][1] == "end":
                if not steps:
                    raise ValueError("the block is empty")
                return steps
            step = self.guarded(self.step)
            if step.kind not in kinds:
                raise FormatError(f"{self.name}:{step.line}: this line cannot stand in the block of line {line}")
            steps.append(step)
            self.next += 1
        raise FormatError(f"{self.name}:{line}: the block has no 'end'")

    def connect(self, line, words):
        connection = self.connection(words[1])
        self.know(connection)
        refused, rest = None, words[2:]
        if len(rest) >= 2 and rest[-2] == "refused":
            refused, rest = int(rest[-1]), rest[:-2]
        headers = []
        for word in rest:
            name, colon, value = (json.loads(word) if word[0] == '"' else "").partition(":")
            if not colon:
                raise ValueError(f'a header is "Name: value", not {word}')
            headers.append((name, value.strip()))
        return Step(line, "connect", connection[0], (connection[1], headers, refused))

    def know(self, connection):
        if connection[1] is None and "mixed" in self.transcript.transports:
            raise FormatError(f"{self.name}: with transports mixed {connection[0]} must name its own")
        self.known.add(connection[0])

    def is_known(self, name):
        if name not in self.known:
            raise ValueError(f"there is no connection {name}")
        return name

    @staticmethod
    def connection(word):
        match = CONNECTION.match(word)
        if not match:
            raise ValueError(f"'{word}' is no connection: one upper-case letter, digits, and perhaps :ws or :tcp")
        return match[1], match[2]

    @staticmethod
    def one_of(word, *allowed):
        if word not in allowed:
            raise ValueError(f"'{word}' is none of {', '.join(allowed)}")
        return word
