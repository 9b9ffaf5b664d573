"""Computers: case, software, and the people who sell, ship and mend."""

from __future__ import annotations

from make_sample.lexicon.entries import Kind, event, scale, terms

AROUND = (
    Kind(
        entity="LAPTOP",
        weight=2,
        default="DESIGN_FEATURES",
        terms=terms(
            "hinge, hinges*, lid, case, chassis, body, finish~, power button, build~,"
            "build quality~, design~, weight~,"
            "size~, color, casing, palm rest, rubber feet*, aluminum shell"
        ),
        scales=(
            scale(
                "DESIGN_FEATURES",
                "elegant, attractive, handsome, thoughtful, nice to touch, classy",
                "ugly, cheap looking, hideous, tacky, ill conceived",
            ),
            scale("QUALITY", "sturdy, solid, robust, durable", "flimsy, brittle, creaky, wobbly, loose"),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it broke",
                "the {t} cracked when I sneezed",
                "I hold the {t} together with tape",
            ),
            event("DESIGN_FEATURES", "positive", "it draws looks", "strangers in cafes ask me about the {t}"),
        ),
    ),
    Kind(
        entity="OS",
        weight=2,
        default="USABILITY",
        terms=terms(
            "operating system, OS, start menu, task bar, lock screen, login screen, updates*,"
            "settings menu, drivers*,"
            "file manager, desktop environment, app store"
        ),
        scales=(
            scale(
                "USABILITY",
                "intuitive, easy to learn, user friendly, well organized",
                "confusing, cluttered, a maze, counterintuitive, annoying",
            ),
            scale(
                "OPERATION_PERFORMANCE",
                "stable, smooth, quick",
                "buggy, unstable, bloated, sluggish, crash prone",
            ),
        ),
        events=(
            event(
                "USABILITY",
                "negative",
                "it is hard to use",
                "it took me a day to find anything in the {t}",
                "my father still gets lost in the {t}",
            ),
            event(
                "USABILITY",
                "positive",
                "it is easy to use",
                "my grandmother was at home in the {t} in an hour",
            ),
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it gets in the way",
                "the {t} ate my essay",
                "the {t} restarted in the middle of my exam",
            ),
        ),
    ),
    Kind(
        entity="SOFTWARE",
        weight=2,
        default="GENERAL",
        terms=terms(
            "software~, office suite, browser, photo editor, video editor, antivirus~,"
            "trial software~, word processor,"
            "spreadsheet program, mail program, apps*, games*, backup tool, media player, bloatware~"
        ),
        scales=(
            scale(
                "USABILITY",
                "easy to use, simple, handy, well thought out",
                "clumsy, hard to use, complicated, a headache",
            ),
            scale("OPERATION_PERFORMANCE", "stable, fast, flawless", "buggy, full of bugs, slow, glitchy"),
            scale(
                "GENERAL",
                "useful, excellent, a nice extra, superb",
                "useless, pointless, terrible, a nuisance",
            ),
        ),
        events=(
            event(
                "GENERAL",
                "negative",
                "they removed it",
                "I spent an hour deleting the {t}",
                "the first thing I did was remove the {t}",
            ),
            event("GENERAL", "positive", "it helps", "I finished my taxes early thanks to the {t}"),
            event("OPERATION_PERFORMANCE", "negative", "it fails", "I lost a day of work to the {t}"),
        ),
    ),
    Kind(
        entity="SUPPORT",
        weight=2.5,
        default="QUALITY",
        terms=terms(
            "customer service~, tech support~, support~, support line, technician, repair service,"
            "help desk, service center,"
            "support team, phone support~, chat support~, sales clerk, store staff~"
        ),
        scales=(
            scale(
                "QUALITY",
                "helpful, friendly, patient, competent, responsive, excellent",
                "useless, rude, incompetent, unhelpful, a joke, clueless, terrible",
            ),
            scale("QUALITY", "quick, prompt, swift", "slow, impossible to reach, endless"),
            scale("PRICE", "free of charge, cheap, fairly priced", "expensive, overpriced, costly"),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "nobody helped",
                "the {t} hung up on me",
                "the {t} read the manual to me",
                "the {t} sent me in circles for a month",
            ),
            event(
                "QUALITY",
                "positive",
                "they got help",
                "the {t} stayed on the line until it worked",
                "the {t} called me back on a Saturday",
                "the {t} fixed it in ten minutes",
            ),
        ),
    ),
    Kind(
        entity="WARRANTY",
        weight=1,
        default="GENERAL",
        terms=terms("warranty, extended warranty, return policy, service plan, guarantee, insurance plan"),
        scales=(
            scale(
                "GENERAL",
                "generous, fair, worth having, excellent",
                "worthless, useless, a scam, too short, a joke",
            ),
            scale("PRICE", "cheap, well priced", "overpriced, too expensive"),
        ),
        events=(
            event(
                "GENERAL",
                "negative",
                "it did not cover them",
                "the {t} ran out the day before it broke",
                "I read the small print of the {t} and laughed",
            ),
            event("GENERAL", "positive", "it covered them", "the {t} paid for everything"),
        ),
    ),
    Kind(
        entity="SHIPPING",
        weight=1.5,
        default="QUALITY",
        terms=terms("shipping~, delivery~, packaging~, courier, seller, shipment, box, package"),
        scales=(
            scale(
                "QUALITY",
                "fast, careful, prompt, excellent, flawless",
                "slow, careless, late, dented, torn, sloppy",
            ),
            scale("PRICE", "free, cheap, low cost", "expensive, costly, overpriced"),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it went wrong",
                "the {t} ended up at my neighbor's",
                "I tracked the {t} for a month",
            ),
            event("QUALITY", "positive", "it went well", "the {t} beat the promised date by a week"),
        ),
    ),
)
