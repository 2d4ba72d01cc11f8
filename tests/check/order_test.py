"""cmake/section_order.ld is of this usher, not of one long ago: most of the functions that it lists are there.

It says which parts of the binary stand together because a life runs them. A name that is gone does no
harm but to speed, so some may be; when many are, somebody has to run `make order`, and this says so.
"""

import os
import re
import subprocess

from conftest import ROOT

GONE_AT_MOST = 0.1


def listed():
    """Our own functions; those of libraries go with the libraries' versions."""
    text = (ROOT / "cmake" / "section_order.ld").read_text()
    return set(re.findall(r"\(\.text\.(_ZNK?5usher[^ *]+) ", text))


def defined():
    symbols = subprocess.run(["nm", "--defined-only", "-P", os.environ["USHER"]], check=True, capture_output=True,
                             text=True, timeout=120).stdout
    return {line.split()[0] for line in symbols.splitlines()}


def test_the_order_of_the_binary_is_not_stale():
    names, there = listed(), defined()
    assert len(names) > 100
    gone = sorted(names - there)
    assert len(gone) < GONE_AT_MOST * len(names), (
        f"{len(gone)} of {len(names)} functions in cmake/section_order.ld are gone, such as {gone[:5]}: "
        "run `make order`, which writes it anew")
