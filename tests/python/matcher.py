"""Compares received JSON with the patterns of transcripts."""

import json
import re

ID = re.compile(r"<id:([A-Za-z0-9_]+)([+-][0-9]+)?>")
GREATER = re.compile(r"<greater:([A-Za-z0-9_]+)>")


class Failure(Exception):
    """The server did not do what the transcript says."""


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool)


TYPES = {
    "<any>": lambda v: True,
    "<string>": lambda v: isinstance(v, str),
    "<number>": is_number,
    "<int>": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "<bool>": lambda v: isinstance(v, bool),
    "<object>": lambda v: isinstance(v, dict),
    "<array>": lambda v: isinstance(v, list),
    "<time>": lambda v: is_number(v) and 1e9 < v < 1e11,
}


class Matcher:
    """Holds what the ids are bound to. What a failed comparison has bound stays: restore a copy of bound to try again."""

    def __init__(self):
        self.bound = {}

    def substitute(self, text):
        text = re.sub('"' + ID.pattern + '"', lambda m: json.dumps(self.value(m), ensure_ascii=False), text)
        return ID.sub(lambda m: text_of(self.value(m)), text)

    def value(self, match):
        if match[1] not in self.bound:
            raise Failure(f"<id:{match[1]}> is used before anything was bound to it")
        value = self.bound[match[1]]
        if match.lastindex == 2:
            if not TYPES["<int>"](value):
                raise Failure(f"{value!r} is no integer that {match[2]} could be added to")
            value += int(match[2])
        return value

    def mismatch(self, pattern, actual, path="$"):
        """What differs first, or None."""
        if isinstance(pattern, str):
            ok = self.matches_text(pattern, actual)
        elif isinstance(pattern, dict) and isinstance(actual, dict):
            return self.mismatch_object(pattern, actual, path)
        elif isinstance(pattern, list) and isinstance(actual, list):
            return self.mismatch_array(pattern, actual, path)
        elif is_number(pattern) and is_number(actual):
            ok = pattern == actual
        else:
            ok = type(pattern) is type(actual) and pattern == actual
        return None if ok else f"{path}: expected {json.dumps(pattern)}, got {json.dumps(actual)}"

    def mismatch_object(self, pattern, actual, path):
        for name, expected in pattern.items():
            if name == "...":
                continue
            if name not in actual:
                if expected != "<absent>":
                    return f"{path}.{name}: expected {json.dumps(expected)}, the member is missing"
            elif expected == "<absent>":
                return f"{path}.{name}: expected no such member, got {json.dumps(actual[name])}"
            elif mismatch := self.mismatch(expected, actual[name], f"{path}.{name}"):
                return mismatch
        extra = [] if "..." in pattern else [name for name in actual if name not in pattern]
        return f"{path}.{extra[0]}: unexpected member {json.dumps(actual[extra[0]])}" if extra else None

    def mismatch_array(self, pattern, actual, path):
        if pattern[:1] == ["<unordered>"]:
            problem = self.mismatch_unordered(pattern[1:], actual)
            return problem and f"{path}: {problem}"
        if len(pattern) != len(actual):
            return f"{path}: expected {len(pattern)} items, got {json.dumps(actual)}"
        for i, (expected, item) in enumerate(zip(pattern, actual)):
            if mismatch := self.mismatch(expected, item, f"{path}[{i}]"):
                return mismatch
        return None

    def mismatch_unordered(self, patterns, items):
        if len(patterns) != len(items):
            return f"expected {len(patterns)} items, got {len(items)}"
        if not patterns:
            return None
        problems, before = [], dict(self.bound)
        for i, item in enumerate(items):
            problem = self.mismatch(patterns[0], item)
            if problem is None:
                problem = self.mismatch_unordered(patterns[1:], items[:i] + items[i + 1 :])
                if problem is None:
                    return None
            problems.append(problem)
            self.bound = dict(before)
        return f"nothing matches {json.dumps(patterns[0])}: " + "; ".join(problems)

    def matches_text(self, pattern, actual):
        if pattern in TYPES:
            return TYPES[pattern](actual)
        if match := GREATER.fullmatch(pattern):
            return is_number(actual) and actual > self.value(match)
        if match := ID.fullmatch(pattern):
            if match[1] in self.bound or match[2]:
                value = self.value(match)
                return isinstance(value, bool) == isinstance(actual, bool) and value == actual
            self.bound[match[1]] = actual
            return True
        return isinstance(actual, str) and self.matches_pieces(pattern, actual)

    def matches_pieces(self, pattern, actual):
        """A string with placeholders inside becomes a regular expression; its captures are bound."""
        regex, unbound, end = "", [], 0
        for piece in re.finditer("<any>|" + ID.pattern, pattern):
            regex += re.escape(pattern[end : piece.start()])
            end = piece.end()
            if piece[0] == "<any>":
                regex += ".*?"
            elif piece[1] in self.bound:
                regex += re.escape(text_of(self.value(ID.fullmatch(piece[0]))))
            else:
                regex += "(.+?)"
                unbound.append(piece[1])
        match = re.fullmatch(regex + re.escape(pattern[end:]), actual, re.DOTALL)
        if match:
            self.bound.update(zip(unbound, match.groups()))
        return match is not None


def text_of(value):
    return value if isinstance(value, str) else json.dumps(value)
