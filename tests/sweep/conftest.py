# SPDX-License-Identifier: GPL-2.0-or-later
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))

from lab import Lab  # noqa: E402
from namespaces import require_namespaces  # noqa: E402
from service import is_built  # noqa: E402


@pytest.fixture(scope="module")
def lab():
    require_namespaces()
    assert is_built(), "no program in the build folder"
    made = Lab()
    yield made
    made.close()
