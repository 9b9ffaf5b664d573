"""Restaurants: the people and the room."""

from __future__ import annotations

from make_sample.lexicon.entries import Kind, event, scale, terms

SERVICE = Kind(
    entity="SERVICE",
    weight=5,
    default="GENERAL",
    terms=terms(
        "service~, waiter, waitress, server, servers*, waiters*, staff~, wait staff~, hostess, host,"
        "bartender,"
        "barista, bartenders*, manager, owner, chef, sommelier, busboy, cashier, delivery guy,"
        "kitchen staff~,"
        "counter staff~, table service~, delivery~, takeout~, reservation system, maitre d', crew, bouncer"
    ),
    scales=(
        scale(
            "GENERAL",
            "friendly, warm and welcoming, polite, courteous, charming, kind",
            "rude, impolite, unfriendly, surly, snippy, condescending, grumpy",
        ),
        scale(
            "GENERAL",
            "attentive, on the ball, always there when needed, thoughtful, accommodating",
            "inattentive, nowhere to be seen, indifferent, forgetful, absent-minded, careless",
        ),
        scale("GENERAL", "prompt, quick, fast, speedy, efficient", "slow, sluggish, painfully slow, glacial"),
        scale(
            "GENERAL",
            "knowledgeable, professional, helpful, well trained",
            "clueless, unprofessional, unhelpful, untrained, disorganized",
        ),
        scale(
            "GENERAL",
            "great, excellent, impeccable, top notch, outstanding",
            "terrible, awful, horrendous, a disgrace, lousy, appalling",
        ),
    ),
    events=(
        event(
            "GENERAL",
            "negative",
            "they were left alone",
            "the {t} never came back after taking our order",
            "we had to wave at the {t} for ten minutes",
            "the {t} looked at a phone the whole time",
        ),
        event(
            "GENERAL",
            "negative",
            "they were treated badly",
            "the {t} rolled their eyes at my mother",
            "the {t} argued with us about the check",
            "the {t} brought the wrong plates and blamed us",
            "the {t} hurried us out of the door",
        ),
        event(
            "GENERAL",
            "positive",
            "they were cared for",
            "the {t} remembered our names",
            "the {t} brought my daughter crayons without being asked",
            "the {t} refilled our glasses before we noticed",
            "the {t} walked us to the car with an umbrella",
            "the {t} swapped the dish without a word",
        ),
    ),
)

AMBIENCE = Kind(
    entity="AMBIENCE",
    weight=3,
    default="GENERAL",
    terms=terms(
        "atmosphere, ambience~, decor~, dining room, interior, lighting~, music~, live music~,"
        "patio, terrace,"
        "garden, bar area, booths*, chairs*, tables*, seating~, seats*, restroom, bathrooms*,"
        "noise level, fireplace,"
        "wallpaper~, furniture~, background music~, rooftop, courtyard, playlist, air conditioning~,"
        "open kitchen"
    ),
    scales=(
        scale(
            "GENERAL",
            "cozy, inviting, intimate, romantic, relaxing, homely",
            "cold, sterile, gloomy, depressing, unwelcoming, dreary",
        ),
        scale(
            "GENERAL", "spotless, clean, well kept, tidy", "dirty, filthy, sticky, grimy, run down, shabby"
        ),
        scale(
            "GENERAL",
            "spacious, comfortable, roomy, airy",
            "cramped, uncomfortable, crowded, stuffy, packed too tight",
        ),
        scale(
            "GENERAL",
            "quiet, pleasant, soothing, tasteful",
            "loud, deafening, tacky, noisy, annoying, garish",
        ),
        scale(
            "GENERAL", "beautiful, gorgeous, charming, stylish, lovely", "ugly, hideous, dated, tired, awful"
        ),
    ),
    events=(
        event(
            "GENERAL",
            "negative",
            "talking was hard",
            "we had to shout over the {t}",
            "my ears were ringing from the {t}",
            "the {t} gave my aunt a headache",
        ),
        event(
            "GENERAL",
            "negative",
            "it spoiled the stay",
            "my sleeve stuck to everything near the {t}",
            "we asked to be moved away from the {t}",
            "the {t} made me think of a dentist's office",
        ),
        event(
            "GENERAL",
            "positive",
            "they did not want to leave",
            "we stayed three hours because of the {t}",
            "the {t} took us straight back to Lisbon",
            "I took a dozen pictures of the {t}",
            "I wish my own house had the {t}",
        ),
    ),
)
