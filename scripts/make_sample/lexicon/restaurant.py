"""Restaurants: food and drinks here, people and places in the room next door."""

from __future__ import annotations

from make_sample.lexicon.entries import Domain, Kind, event, listed, scale, terms
from make_sample.lexicon.restaurant_house import AMBIENCE, SERVICE
from make_sample.lexicon.restaurant_whole import LOCATION, RESTAURANT_ITSELF, UNNAMED

FOOD = Kind(
    entity="FOOD",
    weight=9,
    default="QUALITY",
    terms=terms(
        "soup~, salad, risotto, lasagna, ravioli*, gnocchi*, carbonara~, tagliatelle*, pizza,"
        "flatbread, focaccia~,"
        "burger, sandwich, club sandwich!, wrap, quesadilla, tacos*, burrito, enchiladas*, nachos*,"
        "guacamole~,"
        "curry, biryani~, dal~, naan~!, samosas*, tikka masala~, paneer~, pad thai~, spring rolls*,"
        "dumplings*,"
        "ramen~, udon noodles*, fried rice~, sushi~, sashimi~, tempura~, tuna roll, miso soup~,"
        "bibimbap~, kimchi~,"
        "paella, tapas*, gazpacho~, chorizo~, calamari*, octopus~, mussels*, oysters*, scallops*,"
        "shrimp*, lobster,"
        "crab cakes*, salmon~, trout~, cod~, sea bass~, swordfish~, steak, ribeye, sirloin~, brisket~, ribs*,"
        "pork belly~, lamb chops*, lamb shank, duck~, chicken~, chicken wings*, schnitzel,"
        "meatballs*, sausages*,"
        "meatloaf~, pot pie, stew~, chowder~, bisque~, chili~, goulash~, moussaka~, falafel~,"
        "hummus~, pita~!, kebab,"
        "shawarma~, tofu~, eggplant~, mushrooms*, asparagus~, green beans*, mashed potatoes*,"
        "fries*, onion rings*,"
        "coleslaw~, cornbread~, bread~!, garlic bread~!, olives*, cheese plate!, omelette,"
        "pancakes*, waffles*,"
        "french toast~, eggs benedict*, croissants*, bagels*, scones*, muffins*, cheesecake~,"
        "tiramisu~, panna cotta~,"
        "creme brulee~, chocolate cake~, apple pie~, sorbet~, ice cream~, gelato~, baklava~,"
        "churros*, bread pudding~,"
        "appetizers*!, starters*!, main course!, side dishes*!, desserts*!, lunch special!,"
        "tasting menu!, menu!, portions*!,"
        "food~!, dishes*!, sauce~, broth~, gravy~, dressing~, crust, batter~, filling~"
    ),
    modifiers=listed(
        "grilled, smoked, roasted, house, spicy, vegan, pumpkin, truffle, lemon, garlic, honey,"
        "coconut, braised,"
        "pan-seared, stuffed, baked, pulled, Sicilian, Korean, Tuscan, barbecue, pepper, mango, walnut"
    ),
    scales=(
        scale(
            "QUALITY",
            "delicious, tasty, flavorful, full of flavor, mouth-watering, scrumptious, to die for, heavenly",
            "bland, tasteless, flavorless, insipid, lacking in flavor, short on flavor",
        ),
        scale(
            "QUALITY",
            "tender, moist, juicy, succulent, melt-in-the-mouth",
            "dry, tough, chewy, rubbery, leathery, stringy",
        ),
        scale(
            "QUALITY",
            "fresh, garden fresh, straight from the market",
            "stale, wilted, past its prime, spoiled",
        ),
        scale(
            "QUALITY",
            "crisp, crunchy, light and airy, nicely browned",
            "soggy, greasy, oily, limp, mushy, dripping with fat",
        ),
        scale(
            "QUALITY",
            "perfectly cooked, cooked just right, done to a turn",
            "burnt, undercooked, overcooked, raw in the middle, charred to a crisp, stone cold",
        ),
        scale(
            "QUALITY",
            "well seasoned, nicely balanced, perfectly spiced",
            "too salty, oversalted, sickly sweet, sour beyond repair, far too peppery",
        ),
        scale(
            "QUALITY",
            "amazing, superb, excellent, outstanding, first rate, great, wonderful, fantastic",
            "awful, terrible, disgusting, inedible, dreadful, nasty, horrible, poor",
        ),
        scale(
            "STYLE_OPTIONS",
            "generous, huge, plentiful, big enough to share, hearty",
            "tiny, skimpy, minuscule, gone in two bites, meager, stingy",
        ),
        scale(
            "STYLE_OPTIONS",
            "beautifully plated, inventive, creative, artfully presented",
            "uninspired, sloppily plated, unimaginative, thrown together",
        ),
        scale(
            "PRICES",
            "reasonably priced, affordable, a bargain, cheap for what you get, good value",
            "overpriced, pricey, way too expensive, a rip-off, not worth the money",
        ),
    ),
    events=(
        event(
            "QUALITY",
            "negative",
            "it was not eaten",
            "nobody at our table finished the {t}",
            "most of the {t} stayed on the plate",
            "even the dog would not touch the {t} we took home",
            "we sent the {t} back",
            "the {t} went back to the kitchen twice",
        ),
        event(
            "QUALITY",
            "negative",
            "it was not safe or clean",
            "I found a hair in the {t}",
            "the {t} kept me up all night",
            "there was something moving in the {t}",
        ),
        event(
            "QUALITY",
            "negative",
            "it seemed ready made",
            "the {t} must have come out of a can",
            "the {t} tasted of nothing but the freezer",
            "I could have microwaved the {t} at home",
        ),
        event(
            "QUALITY",
            "positive",
            "they wanted more of it",
            "we fought over the last bite of the {t}",
            "I could eat the {t} every day",
            "I still dream about the {t}",
            "we ordered the {t} a second time",
            "there was not a crumb left of the {t}",
            "my kids licked the plate clean after the {t}",
        ),
        event(
            "QUALITY",
            "positive",
            "it is worth a detour",
            "I would cross the city for the {t}",
            "the {t} alone bring{s} me back every week",
            "my grandmother asked for the recipe of the {t}",
        ),
        event(
            "STYLE_OPTIONS",
            "negative",
            "there was too little of it",
            "I left hungry after the {t}",
            "you need a magnifying glass to find the {t} on the plate",
            "one spoon and the {t} was gone",
        ),
        event(
            "STYLE_OPTIONS",
            "positive",
            "there was plenty of it",
            "we took half of the {t} home",
            "two of us could not finish the {t}",
            "the {t} fed our whole family",
        ),
        event(
            "PRICES",
            "negative",
            "it cost too much",
            "you will need a loan for the {t}",
            "the {t} cost more than our train tickets",
            "I pay half as much for the {t} elsewhere",
        ),
        event(
            "PRICES",
            "positive",
            "it cost little",
            "you pay next to nothing for the {t}",
            "the {t} left plenty of money in my wallet",
        ),
    ),
)

DRINKS = Kind(
    entity="DRINKS",
    weight=3,
    default="QUALITY",
    terms=terms(
        "wine~, red wine~, white wine~, house wine~!, champagne~, beer~, draft beer~, craft beers*,"
        "stout, cider~,"
        "cocktails*, margaritas*, mojito, martini, sangria~, bloody mary, whisky~, sake~,"
        "gin and tonic, coffee~,"
        "espresso, cappuccino, latte, iced coffee~, tea~, green tea~, chai~, hot chocolate~,"
        "lemonade~, smoothie,"
        "milkshake, orange juice~, mango lassi, root beer~, drinks*, wine list, beer selection, drink menu"
    ),
    scales=(
        scale(
            "QUALITY",
            "refreshing, smooth, well mixed, rich and full, perfectly chilled, crisp and clean",
            "watered down, flat, weak, lukewarm, bitter beyond drinking, like dishwater",
        ),
        scale(
            "QUALITY",
            "great, lovely, excellent, superb, marvelous",
            "awful, undrinkable, terrible, vile, poor",
        ),
        scale(
            "STYLE_OPTIONS",
            "well chosen, wide ranging, imaginative, poured with a heavy hand",
            "limited, unadventurous, mostly ice, short on choice",
        ),
        scale(
            "PRICES",
            "fairly priced, cheap, easy on the wallet, a steal",
            "overpriced, absurdly expensive, marked up to the ceiling, too dear",
        ),
    ),
    events=(
        event(
            "QUALITY",
            "negative",
            "it was not drunk",
            "we left the {t} standing after one sip",
            "I poured the {t} into the flower pot",
            "tap water has more character than the {t}",
        ),
        event(
            "QUALITY",
            "positive",
            "they wanted more of it",
            "we kept asking for another round of the {t}",
            "I asked where I could buy the {t}",
            "one sip of the {t} and I forgot my bad day",
        ),
        event(
            "PRICES",
            "negative",
            "it cost too much",
            "the {t} doubled our bill",
            "the {t} cost more than the meal",
        ),
        event(
            "STYLE_OPTIONS",
            "positive",
            "there is much to choose from",
            "I would need a year to get through the {t}",
        ),
    ),
)

RESTAURANT = Domain(
    name="restaurant",
    kinds=(FOOD, DRINKS, SERVICE, AMBIENCE, LOCATION, RESTAURANT_ITSELF),
    unnamed=UNNAMED,
    fillers=(
        "We came here on a Tuesday night",
        "My sister picked this spot",
        "We were a party of six",
        "It was my husband's birthday",
        "I had read about it in a magazine",
        "We had tickets for a show afterwards",
        "A colleague had told me about it",
        "My parents were visiting from Ohio",
        "I live two blocks away",
        "We walked in around seven",
        "This was our third visit",
        "We had a reservation for eight o'clock",
        "I went with a friend from college",
        "It had been raining all day",
        "We sat near the window",
        "I stopped by after the gym",
        "They opened last spring",
        "We had just come from the museum",
        "My boss paid the bill",
        "I am writing this on the bus home",
        "It used to be a bank",
        "There is a hotel next door",
        "My cousin got married that weekend",
        "We usually cook on Sundays",
    ),
    facts=(
        "the {t} come{s} with the {u}",
        "I ordered the {t} and my wife had the {u}",
        "we started with the {t}",
        "you can choose between the {t} and the {u}",
        "next time we will try the {t}",
        "they serve the {t} only on weekends",
        "we shared the {t} and the {u}",
        "the {t} {is} on the back of the card",
    ),
    elsewhere=listed(
        "the place across the street, the airport, the diner on Main Street, my office,"
        "the chain near my gym,"
        "the hotel, a friend's wedding, the train station, the hospital, the last town we lived in"
    ),
    openers=listed(
        "to be honest, on our last visit, on a busy Friday, after a long drive,"
        "according to my brother, for a first"
        " date, in my opinion, at lunch, as always, compared with last year, by the time our friends arrived"
    ),
)
