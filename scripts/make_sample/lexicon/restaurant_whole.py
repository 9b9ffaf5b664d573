"""Restaurants: where they lie, the whole, and what is said of it without a name."""

from __future__ import annotations

from make_sample.lexicon.entries import Kind, event, scale, terms

LOCATION = Kind(
    entity="LOCATION",
    weight=1.5,
    default="GENERAL",
    terms=terms(
        "location, view, views*, neighborhood, parking~, parking lot, harbor view, street, setting,"
        "entrance, area"
    ),
    scales=(
        scale(
            "GENERAL",
            "convenient, easy to reach, central, ideal",
            "inconvenient, hard to find, remote, sketchy",
        ),
        scale("GENERAL", "breathtaking, stunning, picturesque, superb", "ugly, disappointing, bleak, dismal"),
    ),
    events=(
        event(
            "GENERAL",
            "positive",
            "it pleased the eye",
            "we could have looked at the {t} for hours",
            "people propose here because of the {t}",
        ),
        event(
            "GENERAL",
            "negative",
            "it cost time or nerve",
            "we circled for half an hour because of the {t}",
            "the {t} made us walk back to the car in a hurry",
        ),
    ),
)

RESTAURANT_ITSELF = Kind(
    entity="RESTAURANT",
    weight=3,
    default="GENERAL",
    terms=terms(
        "restaurant, place, bistro, diner, cafe, pizzeria, steakhouse, trattoria, brasserie, pub,"
        "gem, bakery,"
        "noodle bar, taqueria, tavern, eatery"
    ),
    scales=(
        scale(
            "GENERAL",
            "wonderful, a must, worth every visit, fabulous, a real find, a keeper",
            "a letdown, a waste of time, a disaster, disappointing, a joke, overrated",
        ),
        scale(
            "PRICES",
            "affordable, great value, inexpensive, kind to the purse",
            "expensive, overpriced, too costly, a tourist trap",
        ),
        scale(
            "MISCELLANEOUS",
            "family friendly, great for groups, perfect for a date, kid friendly",
            "no place for children, wrong for groups, unfit for a date",
        ),
    ),
    events=(
        event(
            "GENERAL",
            "positive",
            "they will come back",
            "we have already booked the {t} for next month",
            "I bring every visitor to the {t}",
            "I wish the {t} were closer to my home",
        ),
        event(
            "GENERAL",
            "negative",
            "they will not come back",
            "we will not set foot in the {t} again",
            "I would rather eat at a gas station than in the {t}",
            "we walked out of the {t} before dessert",
        ),
        event("PRICES", "negative", "it cost too much", "the {t} emptied our wallets"),
    ),
)

UNNAMED = (
    event(
        "SERVICE#GENERAL",
        "negative",
        "they waited too long",
        "we waited an hour before anyone noticed us",
        "it took forty minutes to get a glass of water",
        "they forgot about us",
        "nobody said hello",
        "our plates were taken while we were still chewing",
        "they had no record of our booking",
        "we had to ask three times for a fork",
        "no one came to see if we were alright",
    ),
    event(
        "SERVICE#GENERAL",
        "positive",
        "they were looked after",
        "they made us feel like family",
        "they even found a high chair in the rush",
        "they stayed open late for us",
        "we were seated within a minute",
        "they sang for my son without being asked",
    ),
    event(
        "RESTAURANT#GENERAL",
        "positive",
        "they will come back",
        "we will be back",
        "I cannot wait to return",
        "this is now our Sunday tradition",
        "everybody left with a smile",
        "I told all my neighbors",
    ),
    event(
        "RESTAURANT#GENERAL",
        "negative",
        "they will not come back",
        "never again",
        "once was enough",
        "save yourself the trip",
        "I want my evening back",
        "we ended up eating somewhere else",
    ),
    event(
        "RESTAURANT#PRICES",
        "negative",
        "it cost too much",
        "the bill made my jaw drop",
        "we paid a fortune and left hungry",
        "bring your credit card and a spare one",
    ),
    event(
        "RESTAURANT#PRICES",
        "positive",
        "it cost little",
        "we ate for the price of a movie ticket",
        "three of us got full for thirty dollars",
    ),
    event(
        "FOOD#QUALITY",
        "negative",
        "the food made them ill or unhappy",
        "two of us were sick the next day",
        "I have eaten better on a plane",
        "everything went back half eaten",
    ),
    event(
        "FOOD#QUALITY",
        "positive",
        "the food was liked",
        "we scraped every plate clean",
        "everything we tried was gone in minutes",
        "I had to loosen my belt and was glad to",
    ),
    event(
        "AMBIENCE#GENERAL",
        "negative",
        "the room was unpleasant",
        "I could hear every word of the couple next to us",
        "my coat smelled of frying oil for a week",
        "we kept our jackets on all evening",
    ),
    event(
        "LOCATION#GENERAL",
        "positive",
        "it is well placed",
        "the beach is right outside",
        "it is two steps from the subway",
    ),
)
