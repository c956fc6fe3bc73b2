# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands and files that the manual pages give, to be followed as they stand there."""

from service import TOP


def literal(page, after):
    """The block of literal lines that follows the text AFTER, which stands in one line of PAGE's source."""
    lines = iter((TOP / "man" / page).read_text("utf-8").splitlines())
    for start in (after, ".Bd -literal"):
        assert any(start in line for line in lines), f"{page} has no '{start}'"
    block = []
    for line in lines:
        if line == ".Ed":
            return "\n".join(block).replace("\\e", "\\") + "\n"
        block.append(line)
    raise AssertionError(f"{page}: a block without an end")
