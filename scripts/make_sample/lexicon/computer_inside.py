"""Computers: the parts inside, and those that see, hear and connect."""

from __future__ import annotations

from make_sample.lexicon.entries import Kind, event, scale, terms

INNER_PARTS = (
    Kind(
        entity="HARD_DISC",
        weight=1.5,
        default="DESIGN_FEATURES",
        terms=terms(
            "hard drive, SSD, disk, storage~, storage space~, hard disk, solid state drive, disk space~"
        ),
        scales=(
            scale(
                "DESIGN_FEATURES",
                "huge, ample, large enough, spacious",
                "too small, tiny, full in no time, puny",
            ),
            scale("OPERATION_PERFORMANCE", "fast, quick, lightning fast", "slow, noisy, clicking, sluggish"),
            scale("QUALITY", "reliable, dependable", "faulty, defective, corrupt"),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it failed",
                "the {t} took all my photos with it",
                "the {t} gave up after a month",
            ),
            event(
                "DESIGN_FEATURES",
                "positive",
                "there is much room",
                "all my music fits on the {t} and then some",
            ),
        ),
    ),
    Kind(
        entity="CPU",
        weight=2,
        default="OPERATION_PERFORMANCE",
        terms=terms(
            "processor, CPU, memory~, RAM~, graphics card, GPU, video card, chip,"
            "integrated graphics*, quad core processor"
        ),
        scales=(
            scale(
                "OPERATION_PERFORMANCE",
                "powerful, fast, speedy, a beast, up to any task",
                "underpowered, weak, slow, outdated, a bottleneck, anemic",
            ),
        ),
        events=(
            event(
                "OPERATION_PERFORMANCE",
                "negative",
                "it cannot keep up",
                "the {t} choke{s} on a spreadsheet",
                "every game turns into a slide show with the {t}",
            ),
            event(
                "OPERATION_PERFORMANCE",
                "positive",
                "it keeps up",
                "the {t} eat{s} big videos for breakfast",
                "I render in minutes with the {t} what took hours",
            ),
        ),
    ),
    Kind(
        entity="PORTS",
        weight=1.5,
        default="CONNECTIVITY",
        terms=terms(
            "USB ports*, HDMI port, card reader, headphone jack, ethernet port, ports*, wifi~, wifi card,"
            "bluetooth~, docking station, USB hub, wireless adapter, dvd drive, disc drive"
        ),
        scales=(
            scale(
                "CONNECTIVITY",
                "plentiful, well placed, fast, stable, strong, reliable",
                "spotty, badly placed, unstable, patchy, loose",
            ),
        ),
        events=(
            event(
                "CONNECTIVITY",
                "negative",
                "it does not connect",
                "I lose calls because of the {t}",
                "I had to buy a second one to replace the {t}",
                "nothing stays connected to the {t}",
            ),
            event(
                "CONNECTIVITY",
                "positive",
                "it connects",
                "I hooked up two monitors with the {t} in a minute",
                "I never had to think about the {t}",
            ),
        ),
    ),
    Kind(
        entity="MULTIMEDIA_DEVICES",
        weight=2,
        default="QUALITY",
        terms=terms(
            "speakers*, webcam, camera, microphone, sound~, audio~, built-in speakers*, bass~,"
            "volume~, sound card, mic"
        ),
        scales=(
            scale(
                "QUALITY",
                "clear, rich, full, excellent, surprisingly good",
                "tinny, muffled, scratchy, hollow, distorted, horrible",
            ),
            scale(
                "OPERATION_PERFORMANCE",
                "loud enough, reliable, powerful",
                "too quiet, faint, barely audible, weak",
            ),
        ),
        events=(
            event(
                "QUALITY",
                "negative",
                "it is hard to hear or see",
                "I look like a ghost in meetings because of the {t}",
                "my colleagues ask me to repeat myself because of the {t}",
            ),
            event(
                "QUALITY",
                "positive",
                "it pleases",
                "my neighbors asked about the band when they heard the {t}",
                "I sold my stereo because of the {t}",
            ),
        ),
    ),
)
