# SPDX-License-Identifier: GPL-2.0-or-later
"""The mutants of a C file, made of its tokens: mutants(text) yields each once, in the file's order.

It knows as much of the language as the sources use. What it takes wrongly for an expression or a statement does
not compile, and is no mutant then.

  operators    a relation with and without its bound, == and !=, + and -, * and /, | and &, << and >>, ++ and --,
               and those that assign; !, ~ and a sign removed
  constants    a number with one more, and 0 beside 1; true and false; a character with the next one
  conditions   of if and ?:, always and never; of a loop, never; each part of && and || left out
  statements   left out: a call, an assignment, break, continue, goto; what is returned is 0

Strings are not mutated, nor an assertion, which does nothing where the program is right, nor the size of an array,
nor {0}."""
import re

TOKEN = re.compile(r"""
    (?P<space>\s+|\\\n|/\*.*?\*/|//[^\n]*)
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<char>'(?:\\.|[^'\\])+')
  | (?P<number>\.?\d(?:[eEpP][+-]|[\w.])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)
""", re.X | re.S)

BINARY = {
    "<": ("<=",), "<=": ("<",), ">": (">=",), ">=": (">",), "==": ("!=",), "!=": ("==",),
    "+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("*",), "|": ("&",), "&": ("|",), "^": ("|",),
    "<<": (">>",), ">>": ("<<",), "+=": ("-=",), "-=": ("+=",), "*=": ("/=",), "/=": ("*=",), "|=": ("&=",),
    "&=": ("|=",), "++": ("--",), "--": ("++",), "<<=": (">>=",), ">>=": ("<<=",),
}
ASSIGNS = {"=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>="}
OPEN = {"(": ")", "[": "]", "{": "}"}
NO_STATEMENT = {"if", "for", "while", "switch", "do", "case", "default", "else", "return", "typedef", "struct",
                "enum", "union", "const", "static", "extern", "inline", "_cleanup_", "assert", "static_assert"}


class Token:
    def __init__(self, kind, text, begin):
        self.kind, self.text, self.begin, self.end = kind, text, begin, begin + len(text)
        self.mate = None     # the index of the bracket that belongs to this one
        self.block = False   # a brace around statements
        self.where = ""      # the function or table that it stands in
        self.depth = 0       # in brackets
        self.left_out = False
        self.directive = False


class Function:
    """A definition: the octets BEGIN to END of the file, of which those from NAME_BEGIN are the name, and those before
    BODY the head."""

    def __init__(self, found, name_at, first, body):
        opened = name_at + 1
        self.name, self.name_begin = found[name_at].text, found[name_at].begin
        self.begin, self.body, self.end = found[first].begin, found[body].begin, found[found[body].mate].end
        self.returns = [t.text for t in found[first:name_at] if t.text not in ("static", "inline")] != ["void"]
        self.arguments, self.variadic = [], any(t.text == "..." for t in found[opened:body])
        last = None
        for t in found[opened + 1:found[opened].mate + 1]:
            if t.text in (",", ")") and t.depth <= found[opened].depth:
                if last and last.text != "void":
                    self.arguments.append(last.text)
                last = None
            elif t.kind == "word" and t.depth == found[opened].depth:
                last = t


class Mutant:
    """TEXT is the whole file, of which the octets BEGIN to END became NEW. OLD_LINES and NEW_LINES are the lines that
    differ, as one; WHERE is the function; LINE counts from 1."""

    def __init__(self, text, begin, end, new, where):
        new += "\n" * (text.count("\n", begin, end) - new.count("\n"))
        first = text.rfind("\n", 0, begin) + 1
        last = text.find("\n", end)
        self.text = text[:begin] + new + text[end:]
        self.begin, self.end, self.new = begin, end, new
        self.line = text.count("\n", 0, begin) + 1
        self.old_lines = " ".join(text[first:last].split())
        self.new_lines = " ".join((text[first:begin] + new + text[end:last]).split())
        self.where = where


def tokens(text):
    """The tokens without blanks, comments and directives other than #define."""
    found, at, directive_end = [], 0, 0
    while at < len(text):
        if text[at] == "#" and text[text.rfind("\n", 0, at) + 1:at].strip() == "":
            define = re.compile(r"#\s*define\s+(\w+)(\([^)]*\))?").match(text, at)
            directive_end = re.compile(r"#(?:\\\n|[^\n])*").match(text, at).end()
            at = define.end() if define else directive_end
            continue
        match = TOKEN.match(text, at)
        if match.lastgroup != "space":
            found.append(Token(match.lastgroup, match.group(), at))
            found[-1].directive = at < directive_end
        at = match.end()
    pair(found)
    name(found, text)
    return found


def pair(found):
    stack = []
    for i, token in enumerate(found):
        if token.text in OPEN and token.kind == "sign":
            stack.append(i)
        elif token.text in OPEN.values() and token.kind == "sign" and stack:
            token.mate = stack.pop()
            found[token.mate].mate = i
    for i, token in enumerate(found):
        before = found[i - 1] if i else None
        if token.text == "{" and before:
            head = before.text == ")" and before.mate and found[before.mate - 1]
            token.block = (head.kind == "word" and head.text != "return") if head else \
                before.text in (";", "{", "}", "else", "do", ":")


def name(found, text):
    """Says where each token stands, and leaves out what is not mutated."""
    depth, where = 0, ""
    for i, token in enumerate(found):
        after = found[i + 1].text if i + 1 < len(found) else ""
        if depth == 0 and not where and token.kind == "word" and after in ("(", "[", "="):
            where = token.text
        if token.text in OPEN and token.kind == "sign":
            depth += 1
        elif token.text in OPEN.values() and token.kind == "sign":
            depth -= 1
        token.where, token.depth = where, depth
        if depth == 0 and (token.text == ";" or token.text == "}" and after not in (";", ",", ")")):
            where = ""
        if token.text in ("assert", "static_assert", "_Static_assert", "sizeof", "__attribute__") and after == "(":
            leave_out(found, i, found[i + 1].mate)
        if token.text == "[" and i > 1 and found[i - 1].kind == "word" and \
                (found[i - 2].kind == "word" and found[i - 2].text != "return" or found[i - 2].text == "*" and
                 found[i - 3].kind == "word"):
            leave_out(found, i, token.mate)
        if token.text == "{" and after == "0" and token.mate == i + 2:
            leave_out(found, i, token.mate)


def leave_out(found, first, last):
    for token in found[first:(last or first) + 1]:
        token.left_out = True


def is_value(token):
    return token.kind in ("word", "number", "char", "string") and token.text not in ("return", "case", "else") or \
        token.text in (")", "]")


def next_number(text):
    match = re.fullmatch(r"(0[xX][0-9a-fA-F]+|\d+)([uUlL]*)", text)
    if not match:
        return ()
    digits, suffix = match.groups()
    value = int(digits, 0) if digits.lower().startswith("0x") or not digits.startswith("0") else int(digits, 8)
    more = hex(value + 1) if digits.lower().startswith("0x") else str(value + 1)
    return (more + suffix,) if value != 1 else (more + suffix, "0" + suffix)


def operand_begin(found, i, also):
    """The index of the first token of what stands left of found[i]; it does not go over a token of ALSO."""
    while i > 0:
        before = found[i - 1]
        if before.text in (")", "]", "}") and before.mate is not None:
            if before.text == "}" and found[before.mate].block:
                return i
            i = before.mate
        elif before.text in OPEN or before.text in ASSIGNS or before.text in also or \
                before.text in (",", ";", "return", "?", ":"):
            return i
        else:
            i -= 1
    return 0


def operand_end(found, i, also):
    """Behind the last token of what stands right of found[i]."""
    i += 1
    while i < len(found):
        token = found[i]
        if token.text in OPEN and token.mate is not None:
            i = token.mate + 1
        elif token.text in OPEN.values() or token.text in also or token.text in (",", ";", "?", ":"):
            return i
        else:
            i += 1
    return i


def single(found, i):
    """The mutants of one token, as (first, behind the last, new)."""
    token, before = found[i], found[i - 1] if i else None
    value = before is not None and is_value(before)
    if token.kind == "number":
        for new in next_number(token.text):
            yield i, i + 1, new
    elif token.text in ("true", "false"):
        yield i, i + 1, "false" if token.text == "true" else "true"
    elif token.kind == "char" and len(token.text) == 3 and token.text != "'~'":
        yield i, i + 1, "'" + chr(ord(token.text[1]) + 1).replace("'", "\\'").replace("\\\\", "\\") + "'"
    elif token.text in ("++", "--"):
        yield i, i + 1, BINARY[token.text][0]
    elif token.text in ("!", "~") or token.text in ("-", "+") and not value:
        yield i, i + 1, " "
    elif token.kind == "sign" and token.text in BINARY and value and found[i + 1].begin > token.end:
        # clang-format has a blank behind what is no pointer.
        for new in BINARY[token.text]:
            yield i, i + 1, new


def conditions(found, i):
    token = found[i]
    opened = i + 1 < len(found) and found[i + 1].text == "(" and found[i + 1].mate
    if token.text in ("if", "while") and opened:
        for new in ("1", "0") if token.text == "if" else ("0",):
            yield i + 2, found[i + 1].mate, new
    elif token.text == "for" and opened:
        semicolons = [j for j in range(i, opened) if found[j].text == ";"]
        if len(semicolons) == 2 and semicolons[0] + 1 < semicolons[1]:
            yield semicolons[0] + 1, semicolons[1], "0"
    elif token.text == "?":
        begin = operand_begin(found, i, ())
        yield begin, i, "1 "
        yield begin, i, "0 "
    elif token.text in ("&&", "||"):
        neutral = "1" if token.text == "&&" else "0"
        also = ("&&", "||") if token.text == "&&" else ("||",)
        yield operand_begin(found, i, also), i, neutral + " "
        yield i + 1, operand_end(found, i, also), neutral


def begins_statement(found, i):
    before = found[i - 1]
    if before.text == ")":
        head = found[before.mate - 1].text
        return head in ("if", "for", "while", "switch")
    if before.text == "}":
        return found[before.mate].block
    if before.text == ":":
        j = i - 2
        while j > 0 and found[j].text not in ("case", "default", ";", "{", "}", "?"):
            j -= 1
        return found[j].text in ("case", "default")
    return before.text in (";", "else", "do") or before.text == "{" and before.block


def statements(found, i):
    token = found[i]
    if token.text == "return":
        end = operand_end(found, i, ())
        while found[end].text != ";":
            end += 1
        if end - i > 2 or end - i == 2 and found[i + 1].text not in ("true", "false", "NULL") and \
                found[i + 1].kind != "number":
            yield i + 1, end, " 0"
        return
    if token.depth == 0 or not begins_statement(found, i) or token.text in NO_STATEMENT or \
            not (token.kind == "word" or token.text in ("*", "(", "++", "--")):
        return
    after = found[i + 1]
    if token.kind == "word" and token.text != "goto" and \
            (after.kind == "word" or after.text == "*" and found[i + 2].kind == "word"):
        return
    if after.text == "(" and token.kind == "word" and after.mate and found[after.mate + 1].kind == "word":
        return
    end = i
    while found[end].text != ";":
        if found[end].text == "}":
            return
        end = found[end].mate + 1 if found[end].text in OPEN else end + 1
    yield i, end, ""


def functions(text):
    """The functions that TEXT defines."""
    found, first = tokens(text), 0
    for i, token in enumerate(found):
        if token.depth == 1 and token.text == "{" and token.block and found[i - 1].text == ")":
            yield Function(found, found[i - 1].mate - 1, first, i)
        if token.depth == 0 and (token.directive or token.text in (";", "}")):
            first = i + 1


def mutants(text):
    """Each mutant of the C source TEXT, in the order of the file."""
    found, seen = tokens(text), set()
    for i in range(len(found)):
        if found[i].left_out:
            continue
        for first, behind, new in (*conditions(found, i), *statements(found, i), *single(found, i)):
            if behind <= first or found[first].left_out:
                continue
            begin, end = found[first].begin, found[behind - 1].end
            if (begin, end, new.strip()) in seen or text[begin:end] == new.strip():
                continue
            seen.add((begin, end, new.strip()))
            yield Mutant(text, begin, end, new, found[i].where)
