"""Computers: the machine as a whole and what is said of it; its parts and the people in other rooms."""

from __future__ import annotations

from make_sample.lexicon.computer_around import AROUND
from make_sample.lexicon.computer_inside import INNER_PARTS
from make_sample.lexicon.computer_parts import OUTER_PARTS
from make_sample.lexicon.entries import Domain, Kind, event, listed, scale, terms

LAPTOP = Kind(
    entity="LAPTOP",
    weight=5,
    default="GENERAL",
    terms=terms(
        "laptop, computer, machine, notebook, chromebook, ultrabook, desktop, netbook, workstation,"
        "gaming laptop,"
        "tablet, mini PC, convertible, tower"
    ),
    scales=(
        scale(
            "GENERAL",
            "great, excellent, fantastic, superb, a joy to use, worth every cent, amazing",
            "a lemon, terrible, a piece of junk, worthless, awful, a disappointment",
        ),
        scale(
            "OPERATION_PERFORMANCE",
            "fast, blazing fast, snappy, responsive, quick",
            "slow, sluggish, laggy, slow as molasses, unresponsive",
        ),
        scale(
            "QUALITY",
            "reliable, dependable, rock solid, sturdy, well built",
            "unreliable, flimsy, fragile, cheaply made, prone to crash",
        ),
        scale(
            "DESIGN_FEATURES",
            "sleek, elegant, good looking, stylish, beautiful",
            "ugly, clunky, plain ugly, dated, boxy",
        ),
        scale(
            "PORTABILITY",
            "light, lightweight, easy to carry, slim, portable",
            "heavy, bulky, a brick, a pain to carry",
        ),
        scale(
            "PRICE",
            "affordable, a bargain, cheap for what it does, well priced",
            "overpriced, too expensive, a waste of money, not worth the price",
        ),
        scale(
            "USABILITY", "easy to use, simple to set up, intuitive", "confusing, hard to set up, hard to use"
        ),
    ),
    events=(
        event(
            "QUALITY",
            "negative",
            "it broke",
            "the {t} died after two weeks",
            "the {t} would not turn on this morning",
            "I am on my third {t} since May",
            "the {t} shuts itself off in the middle of a sentence",
        ),
        event(
            "OPERATION_PERFORMANCE",
            "negative",
            "it is slow",
            "I make a sandwich while the {t} boots",
            "the {t} freezes when I open two tabs",
            "the {t} needs a minute to show a letter I typed",
        ),
        event(
            "OPERATION_PERFORMANCE",
            "positive",
            "it is fast",
            "the {t} is ready before I sit down",
            "the {t} runs everything I throw at it",
        ),
        event(
            "GENERAL",
            "positive",
            "they are glad to have it",
            "I bought the same {t} for my parents",
            "my kids fight over the {t}",
            "you will have to pry the {t} from my hands",
        ),
        event(
            "GENERAL",
            "negative",
            "they do not want it",
            "the {t} is going back to the store",
            "I threw the {t} in a drawer",
            "I went back to pen and paper after a week with the {t}",
        ),
        event("PORTABILITY", "positive", "it is easy to carry", "I forget the {t} is in my bag"),
        event("PORTABILITY", "negative", "it is hard to carry", "my shoulder hurts from the {t}"),
        event("PRICE", "negative", "it cost too much", "I could have bought a car for what the {t} cost"),
    ),
)

COMPUTER = Domain(
    name="computer",
    kinds=(LAPTOP, *OUTER_PARTS, *INNER_PARTS, *AROUND),
    unnamed=(
        event(
            "LAPTOP#GENERAL",
            "positive",
            "they are glad to have it",
            "I would buy it again tomorrow",
            "I have told everyone in my office",
            "it does all I ever wanted",
            "I use it from morning to night",
        ),
        event(
            "LAPTOP#GENERAL",
            "negative",
            "they want to be rid of it",
            "I want my money back",
            "never again",
            "it now serves as a doorstop",
            "it went back the same day",
            "buy something else",
        ),
        event(
            "LAPTOP#QUALITY",
            "negative",
            "it broke",
            "it stopped working after a month",
            "it arrived dead",
            "the third repair did not help either",
            "it crashed twice while I wrote this",
        ),
        event(
            "LAPTOP#QUALITY",
            "positive",
            "it holds",
            "it survived two falls from my desk",
            "five years later it still runs like on the first day",
            "not a single crash so far",
        ),
        event(
            "LAPTOP#OPERATION_PERFORMANCE",
            "negative",
            "it is slow",
            "it takes five minutes to start",
            "I can drink a coffee while it opens a file",
        ),
        event(
            "LAPTOP#OPERATION_PERFORMANCE",
            "positive",
            "it is fast",
            "it starts in a blink",
            "thirty tabs and it does not even sweat",
        ),
        event("LAPTOP#PRICE", "negative", "it cost too much", "I paid twice what it is worth"),
        event("LAPTOP#PRICE", "positive", "it cost little", "I have paid more for a pair of shoes"),
        event(
            "SUPPORT#QUALITY",
            "negative",
            "nobody helped",
            "I was on hold for two hours",
            "my emails were never answered",
            "they told me to buy a new one",
            "I had to explain it to five people",
        ),
        event(
            "SUPPORT#QUALITY",
            "positive",
            "they got help",
            "they sent a new one without asking why",
            "one phone call and it was fixed",
        ),
        event(
            "SHIPPING#QUALITY",
            "negative",
            "it came late or damaged",
            "it came three weeks late",
            "the box looked like a truck had parked on it",
        ),
    ),
    fillers=(
        "I bought it for college",
        "My old one was six years old",
        "I work from home",
        "I ordered it on a Sunday",
        "I am a nurse and type reports",
        "My son plays chess on it",
        "I had a different brand before",
        "I teach math at a high school",
        "It replaced my desktop",
        "My daughter uses it for homework",
        "I do not play games",
        "It came with a manual in four languages",
        "I edit photos for a living",
        "I travel a lot for work",
        "I compared several models",
        "A friend of mine sells these",
        "I have had it since March",
        "It sits on my kitchen counter",
        "I write novels at night",
        "My wife picked the color",
        "I am no expert",
        "I mostly read the news",
        "I read many reviews beforehand",
    ),
    facts=(
        "the {t} come{s} with the {u}",
        "I only use the {t} at work",
        "the {t} {is} listed next to the {u} on the box",
        "there is also the {t}",
        "I have not tried the {t} yet",
        "the {t} sit{s} above the {u}",
        "I looked at the {t} and the {u}",
        "the manual has a page on the {t}",
    ),
    elsewhere=listed(
        "my phone, my brother's old one, the office, the library, my last three, the store display,"
        "my neighbor's,"
        "the cheaper brand, a typewriter, the one from work"
    ),
    openers=listed(
        "to be honest, after two months, out of the box, for a student, in my opinion, at first,"
        "compared with my"
        " tablet, for the first week, since the holidays, on my desk, during long meetings"
    ),
)
