# SPDX-License-Identifier: GPL-2.0-or-later
"""The line of a soak: one address of each family, which the provider changes as it likes."""

from lab import INTERFACE


class ChangingLine:
    """`now` is what is true: the address of each family, or None."""

    def __init__(self, lab, random):
        self._lab, self._random = lab, random
        self.now = {4: None, 6: None}
        self.changes = 0
        self._before = {4: [], 6: []}
        self._plugged = True

    def _fresh(self, family):
        """An address that may be one of the last again."""
        before = self._before[family]
        if before and self._random.random() < 0.3:
            return self._random.choice(before[-4:])
        if family == 4:
            address = f"198.51.100.{self._random.randrange(1, 255)}"
        else:
            address = f"2001:db8:{self._random.randrange(1, 65536):x}::{self._random.randrange(1, 65536):x}"
        before.append(address)
        return address

    def _set(self, family, address, lines):
        old, length = self.now[family], 32 if family == 4 else 64
        if address == old:
            return
        add = [f"address add {address}/{length} dev {INTERFACE} {'nodad' if family == 6 else ''}"] if address else []
        drop = [f"address delete {old}/{length} dev {INTERFACE}"] if old else []
        lines += add + drop if self._random.random() < 0.5 else drop + add
        if address:
            lines.append(f"route replace {'default' if family == 4 else '::/0'} dev {INTERFACE}")
        self.now[family] = address
        self.changes += 1

    def _become(self, addresses):
        """All within milliseconds."""
        lines = []
        for family, address in addresses.items():
            self._set(family, address, lines)
        if lines:
            self._lab.client.ip_batch(*lines)

    def change(self, families=(4, 6)):
        """Another address of each of FAMILIES. What takes that back."""
        before = dict(self.now)
        self._become({family: self._fresh(family) for family in families})
        return lambda: self._become(before)

    def lose(self, family):
        self._become({family: None})

    def unplug(self):
        """The interface goes, with all that was on it."""
        self._lab.unplug()
        self._plugged = False
        self.now = {4: None, 6: None}
        self.changes += 1

    def heal(self):
        """Both families have an address."""
        if not self._plugged:
            self._lab.plug()
            self._plugged = True
        self.change([family for family, address in self.now.items() if not address])
