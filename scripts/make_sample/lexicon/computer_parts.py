"""Computers: the parts one touches, looks at and plugs in."""

from __future__ import annotations

from make_sample.lexicon.entries import Kind, event, scale, terms

OUTER_PARTS = (
    Kind(
        entity="DISPLAY",
        weight=3,
        default="QUALITY",
        terms=terms(
            "screen, display, touchscreen, touch screen, panel, monitor, resolution~, colors*,"
            "viewing angles*,"
            "brightness~, retina display, matte screen, picture, bezels*, contrast~, refresh rate, backlight"
        ),
        scales=(
            scale(
                "QUALITY",
                "sharp, crisp, vivid, bright, crystal clear, gorgeous, brilliant",
                "blurry, dim, grainy, washed out, fuzzy, too dark, dull",
            ),
            scale(
                "DESIGN_FEATURES",
                "big, roomy, huge, easy on the eyes, generously sized",
                "tiny, cramped, too glossy, too small",
            ),
            scale(
                "OPERATION_PERFORMANCE", "responsive, precise, accurate", "flickering, unresponsive, jumpy"
            ),
        ),
        events=(
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it failed",
                "the {t} went black in the first week",
                "a pink line runs across the {t}",
                "I have to tap the {t} three times",
            ),
            event(
                "QUALITY",
                "negative",
                "it is hard to see",
                "I squint at the {t} all day",
                "I cannot read anything on the {t} near a window",
            ),
            event(
                "QUALITY",
                "positive",
                "it pleases the eye",
                "movies look like in the theater thanks to the {t}",
                "I count every leaf in my photos thanks to the {t}",
            ),
        ),
    ),
    Kind(
        entity="KEYBOARD",
        weight=2.5,
        default="USABILITY",
        terms=terms(
            "keyboard, keys*, space bar, backlit keyboard, numeric keypad, arrow keys*,"
            "function keys*, enter key,"
            "key travel~, keyboard layout, shift key, delete key"
        ),
        scales=(
            scale(
                "USABILITY",
                "comfortable, pleasant to type on, well spaced, easy to type on",
                "mushy, stiff, awkward, hard to type on, uncomfortable",
            ),
            scale("QUALITY", "solid, well made, sturdy", "wobbly, rattling, flimsy, sticky"),
            scale(
                "DESIGN_FEATURES",
                "well lit, cleverly arranged, nicely backlit",
                "badly arranged, oddly placed, crammed together",
            ),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it broke",
                "the {t} came off in my hand",
                "half of the {t} stopped working",
            ),
            event(
                "USABILITY",
                "negative",
                "typing is hard",
                "my wrists ache because of the {t}",
                "I hit the wrong letter all the time on the {t}",
            ),
            event(
                "USABILITY",
                "positive",
                "typing is easy",
                "I type a whole novel on the {t} without a mistake",
                "my fingers fly over the {t}",
            ),
        ),
    ),
    Kind(
        entity="MOUSE",
        weight=1.5,
        default="USABILITY",
        terms=terms(
            "touchpad, trackpad, mouse, mouse buttons*, scroll wheel, wireless mouse, pointer, stylus, pen"
        ),
        scales=(
            scale(
                "USABILITY",
                "smooth, precise, accurate, easy to get used to",
                "jumpy, erratic, hard to control, imprecise",
            ),
            scale(
                "OPERATION_PERFORMANCE",
                "responsive, dead on, reliable",
                "unresponsive, laggy, oversensitive, dead half the time",
            ),
        ),
        events=(
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it goes its own way",
                "the {t} do{es} what {they} want{s}",
                "I turned the {t} off for good",
            ),
            event(
                "USABILITY", "positive", "nothing else is needed", "I gave away my old one because of the {t}"
            ),
        ),
    ),
    Kind(
        entity="BATTERY",
        weight=3,
        default="OPERATION_PERFORMANCE",
        terms=terms(
            "battery, battery life~, standby time~, run time~, removable battery, battery indicator,"
            "spare battery"
        ),
        scales=(
            scale(
                "OPERATION_PERFORMANCE",
                "long lasting, endless, impressive, superb, enough for a day",
                "short, pathetic, weak, drained by noon, pitiful",
            ),
            scale("QUALITY", "dependable, in top form, good as new", "swollen, faulty, worn out, defective"),
        ),
        events=(
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it does not last",
                "the {t} gives up before lunch",
                "I am always near an outlet because of the {t}",
                "the {t} drops to zero during one movie",
            ),
            event(
                "OPERATION_PERFORMANCE",
                "positive",
                "it lasts",
                "the {t} got me from Boston to Tokyo",
                "I leave the plug at home because of the {t}",
                "I plug in every other day with the {t}",
            ),
        ),
    ),
    Kind(
        entity="POWER_SUPPLY",
        weight=1,
        default="QUALITY",
        terms=terms(
            "charger, power cord, power brick, power supply, plug, charging cable, adapter, charging port"
        ),
        scales=(
            scale("QUALITY", "solid, well made, durable", "frayed, shoddy, loose, defective"),
            scale("DESIGN_FEATURES", "compact, small, handy", "bulky, too short, enormous, clumsy"),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it failed",
                "sparks came out of the {t}",
                "the {t} smelled of burnt plastic",
            ),
            event("DESIGN_FEATURES", "positive", "it is small", "the {t} fits in my shirt pocket"),
        ),
    ),
    Kind(
        entity="FANS_COOLING",
        weight=1.5,
        default="OPERATION_PERFORMANCE",
        terms=terms("fan, fans*, cooling~, vents*, cooling system, heat sink, heat management~"),
        scales=(
            scale(
                "OPERATION_PERFORMANCE",
                "quiet, silent, whisper quiet, effective, barely audible",
                "loud, noisy, deafening, whiny, useless, feeble",
            ),
        ),
        events=(
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it is too loud or too hot",
                "I can fry an egg thanks to the {t}",
                "the {t} sound{s} like a jet taking off",
                "my cat runs away when the {t} start{s}",
            ),
            event(
                "OPERATION_PERFORMANCE",
                "positive",
                "it stays cool and calm",
                "I forgot about the {t} within a day",
                "my lap stays cool thanks to the {t}",
            ),
        ),
    ),
)
