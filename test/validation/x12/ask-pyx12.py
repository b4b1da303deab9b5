"""Judges interchanges with pyx12: a JSON string a line on standard input, true, false or null (no map) a line in answer."""

import io
import json
import logging
import sys

import pyx12.map_if
import pyx12.params
import pyx12.x12n_document

logging.disable(logging.CRITICAL)

# pyx12 reads its maps anew for each interchange; what it costs to judge one is not that.
loaded = {}
load = pyx12.map_if.load_map_file


def load_once(name, param, path=None):
    if name not in loaded:
        loaded[name] = load(name, param, path)
    return loaded[name]


pyx12.map_if.load_map_file = load_once

for line in sys.stdin:
    try:
        text = io.StringIO(json.loads(line))
        valid = pyx12.x12n_document.x12n_document(pyx12.params.ParamsBase(), text, None, None)
    except Exception:
        valid = None
    print(json.dumps(valid), flush=True)
