"""How the sample's files are written, to the byte."""

from __future__ import annotations

import json
from typing import Any

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def json_lines(rows: list[dict[str, Any]], *, marked: bool) -> bytes:
    """JSON lines; `marked` files start with a byte-order mark and end lines with CRLF."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return _mark(text) if marked else text.encode()


def json_array(items: list[dict[str, Any]], *, marked: bool) -> bytes:
    """An indented JSON array, marked or not."""
    text = json.dumps(items, ensure_ascii=False, indent=1) + "\n"
    return _mark(text) if marked else text.encode()


def json_object(item: dict[str, Any]) -> bytes:
    """An indented JSON object."""
    return (json.dumps(item, ensure_ascii=False, indent=2) + "\n").encode()


def _mark(text: str) -> bytes:
    return BYTE_ORDER_MARK + text.replace("\n", "\r\n").encode()
