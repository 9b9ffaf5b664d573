"""What the grammar knows of each domain: things to speak of, scales to judge them on, telling events."""

from __future__ import annotations

from make_sample.lexicon.computer import COMPUTER
from make_sample.lexicon.entries import Domain, Event, Kind, Scale, Term
from make_sample.lexicon.restaurant import RESTAURANT

DOMAINS = (RESTAURANT, COMPUTER)

__all__ = ["COMPUTER", "DOMAINS", "RESTAURANT", "Domain", "Event", "Kind", "Scale", "Term"]
