"""A word that a regular expression can't do without: where it is not there, the expression need not be tried."""

import re

# What ends a word in the text as well: a boundary, white space, or a sign; none of them may be left out.
ENDS = r"(?:\\b(?![*?+{])|\\s(?![*?{])|[-#/:, ](?![*?{]))"
BEGINS = r"(?:\\b|[-#/:, ])"
WHOLE = re.compile(rf"{BEGINS}([a-z0-9]+){ENDS}")
PART = re.compile(r"\\[pP]\{[^}]*\}|\\x\{[^}]*\}|\\Q.*?(?:\\E|$)|\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|.", re.DOTALL)
KEPT = (r"\b", r"\s")
UNKNOWN = "\0"


def needed_word(pattern: str) -> str:
    """The longest word that stands whole in every text in which `pattern` is found; nothing if none is known.

    That holds for folded texts without letters beyond ASCII: `\\b` of RE2 takes those for no letters.
    """
    flat, depth = [], 0
    for part in PART.findall(pattern):
        if part == ")":
            depth -= 1
        elif part == "|" and depth == 0:
            return ""
        if depth == 0:
            # What stands in groups and classes may or may not be there.
            is_plain = len(part) == 1 and part not in "()[]"
            flat.append(part if is_plain or part in KEPT else UNKNOWN)
        if part == "(":
            depth += 1
    text = "".join(flat)
    # Two words may share the sign between them.
    found = (WHOLE.match(text, place) for place in range(len(text)))
    return max((each[1] for each in found if each), key=len, default="")
