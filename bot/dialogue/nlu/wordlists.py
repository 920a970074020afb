"""Stage A2: words that are the same in every shop, folded (no case, no accents) -> the value that actions read."""

from typing import Dict

CARRIERS: Dict[str, str] = {
    "colissimo": "colissimo", "la poste": "colissimo", "chronopost": "chronopost", "mondial relay": "mondial_relay",
    "relais colis": "relais_colis", "dpd": "dpd", "ups": "ups", "fedex": "fedex", "dhl": "dhl", "gls": "gls", "bpost": "bpost",
    "postnl": "postnl", "royal mail": "royal_mail", "evri": "evri", "hermes": "evri", "swiss post": "swiss_post",
    "poste suisse": "swiss_post", "canada post": "canada_post", "postes canada": "canada_post", "usps": "usps",
    "delhivery": "delhivery", "blue dart": "blue_dart", "colis prive": "colis_prive", "purolator": "purolator",
}
CITIES: Dict[str, str] = {
    name.lower(): name
    for name in (
        "Paris Lyon Marseille Toulouse Nice Nantes Montpellier Strasbourg Bordeaux Lille Rennes Reims Toulon Grenoble Dijon Angers "
        "Villeurbanne Brest Tours Amiens Limoges Annecy Perpignan Metz Besançon Rouen Caen Nancy Avignon Bruxelles Namur Gand "
        "Anvers Bruges Mons Charleroi Genève Lausanne Fribourg Neuchâtel Sion Zurich Berne Montréal Québec Laval Gatineau Sherbrooke "
        "Ottawa Toronto Vancouver London Manchester Birmingham Leeds Glasgow Edinburgh Bristol Liverpool Cardiff Belfast Dublin Brighton "
        "Mumbai Delhi Bangalore Bengaluru Chennai Pune Hyderabad Kolkata Brussels Geneva Montreal Luxembourg Monaco"
    ).split()
}
CITIES.update({
    "geneve": "Genève", "montreal": "Montréal", "quebec": "Québec", "besancon": "Besançon", "neuchatel": "Neuchâtel",
    "saint-etienne": "Saint-Étienne", "le havre": "Le Havre", "aix-en-provence": "Aix-en-Provence", "la rochelle": "La Rochelle",
    "clermont-ferrand": "Clermont-Ferrand", "liege": "Liège", "new york": "New York", "trois-rivieres": "Trois-Rivières",
})
for _ambiguous in ("tours", "nice", "sion", "laval"):
    CITIES.pop(_ambiguous)
CITIES.update({"a nice": "Nice", "a tours": "Tours", "in nice": "Nice"})
OCCASIONS: Dict[str, str] = {
    "mariage": "wedding", "wedding": "wedding", "noces": "wedding", "bureau": "work", "office": "work", "travail": "work",
    "soiree": "party", "party": "party", "fete": "party", "anniversaire": "birthday", "birthday": "birthday", "noel": "christmas",
    "christmas": "christmas", "diwali": "diwali", "eid": "eid", "bapteme": "christening", "christening": "christening",
    "entretien": "interview", "job interview": "interview", "interview": "interview", "vacances": "holidays", "holiday": "holidays",
    "plage": "beach", "beach": "beach", "bal": "prom", "prom": "prom", "saint-valentin": "valentine", "valentine's day": "valentine",
    "graduation": "graduation", "remise de diplome": "graduation", "enterrement": "funeral", "obseques": "funeral", "funeral": "funeral",
    "ski": "ski", "reveillon": "new_year", "new year's eve": "new_year", "communion": "communion", "date night": "date",
}
PAYMENT_METHODS: Dict[str, str] = {
    "paypal": "paypal", "apple pay": "apple_pay", "google pay": "google_pay", "carte bancaire": "credit_card", "carte bleue": "credit_card",
    "credit card": "credit_card", "debit card": "debit_card", "visa": "credit_card", "mastercard": "credit_card", "amex": "credit_card",
    "american express": "credit_card", "carte cadeau": "gift_card", "gift card": "gift_card", "virement": "bank_transfer",
    "bank transfer": "bank_transfer", "klarna": "klarna", "alma": "alma", "bancontact": "bancontact", "twint": "twint", "interac": "interac",
    "upi": "upi", "cheque": "cheque", "especes": "cash", "cash": "cash", "carte de credit": "credit_card", "bon d'achat": "gift_card",
    "cash on delivery": "cash", "ideal": "ideal",
}
PAYMENT_METHODS.pop("ideal")
REASONS: Dict[str, str] = {
    "trop petit": "too_small", "trop petite": "too_small", "trop serre": "too_small", "trop serree": "too_small", "too small": "too_small",
    "too tight": "too_small", "trop grand": "too_big", "trop grande": "too_big", "trop large": "too_big", "too big": "too_big",
    "too large": "too_big", "too loose": "too_big", "abime": "damaged", "abimee": "damaged", "casse": "damaged", "cassee": "damaged",
    "dechire": "damaged", "dechiree": "damaged", "damaged": "damaged", "broken": "damaged", "torn": "damaged", "ripped": "damaged",
    "defectueux": "faulty", "faulty": "faulty", "defective": "faulty", "wrong item": "wrong_item", "mauvais article": "wrong_item",
    "pas le bon": "wrong_item", "wrong size": "wrong_size", "mauvaise taille": "wrong_size", "wrong colour": "wrong_colour",
    "wrong color": "wrong_colour", "par erreur": "ordered_by_mistake", "by mistake": "ordered_by_mistake", "by accident": "ordered_by_mistake",
    "changed my mind": "changed_mind", "change d'avis": "changed_mind", "plus besoin": "no_longer_needed", "no longer need": "no_longer_needed",
    "don't need": "no_longer_needed", "no longer needed": "no_longer_needed", "trop cher": "too_expensive", "too expensive": "too_expensive",
    "me va pas": "does_not_suit", "does not suit": "does_not_suit", "doesn't suit": "does_not_suit", "tache": "damaged", "stained": "damaged",
    "trop court": "too_small", "too short": "too_small", "trop long": "too_big", "too long": "too_big",
}
_ROWS = (
    (1, "premier premiere premiers premieres 1er 1ere 1re first 1st"), (2, "deuxieme second seconde 2e 2eme 2nd"),
    (3, "troisieme third 3e 3eme 3rd"), (4, "quatrieme fourth 4e 4eme 4th"), (5, "cinquieme fifth 5e 5eme 5th"),
    (6, "sixieme sixth 6e 6eme 6th"), (-1, "dernier derniere last"),
)
ORDINALS: Dict[str, int] = {word: number for number, words in _ROWS for word in words.split()}
NUMBERS: Dict[str, int] = {
    "un": 1, "une": 1, "one": 1, "deux": 2, "two": 2, "trois": 3, "three": 3, "quatre": 4, "four": 4, "cinq": 5, "five": 5, "six": 6,
    "sept": 7, "seven": 7, "huit": 8, "eight": 8, "neuf": 9, "nine": 9, "dix": 10, "ten": 10,
}
