"""Stage A2: what customers call clothes and colours, sold here or not, and words that only look like them. Folded.

The engine's vocabulary comes first; these are for what it does not name, so that a wish for a sari is read as one,
and answered, rather than taken for nothing.
"""

from typing import Dict, FrozenSet, Sequence

TYPES: Dict[str, Sequence[str]] = {  # value -> its names, French and English
    "shoes": ("shoes", "shoe", "footwear", "chaussures", "chaussure", "souliers", "soulier", "godasses", "pompes", "kicks"),
    "jewellery": ("jewellery", "jewelry", "bijoux", "bijou"),
    "clothes": ("clothes", "clothing", "vetements", "vetement", "fringues", "habits", "sapes"),
    "top": ("top", "tops", "crop top", "crop tops", "haut", "hauts", "camisole", "bustier", "corset"),
    "bodysuit": ("bodysuit", "bodysuits", "body", "bodies"),
    "polo": ("polo", "polos", "polo shirt", "polo shirts"),
    "waistcoat": ("vest", "vests", "waistcoat", "waistcoats", "gilet de costume", "doudoune sans manches", "bodywarmer", "gilet sans manches"),
    "fleece": ("fleece", "fleeces", "polaire", "polaires"),
    "parka": ("parka", "parkas"),
    "puffer": ("puffer", "puffers", "doudoune", "doudounes", "down jacket", "puffer jacket"),
    "cape": ("poncho", "ponchos", "cape", "capes", "kimono", "kimonos"),
    "underwear": (
        "underwear", "lingerie", "sous-vetements", "culotte", "culottes", "soutien-gorge", "soutif", "bra", "bras", "knickers",
        "boxer", "boxers", "boxer shorts", "calecon", "calecons", "slip", "slips", "string", "brassiere", "brassieres", "panties",
    ),
    "swimwear": (
        "swimsuit", "swimsuits", "swimwear", "bikini", "bikinis", "maillot de bain", "maillots de bain", "maillot", "maillots",
        "swimming costume", "trunks", "swim shorts", "short de bain",
    ),
    "suit": ("suit", "suits", "costume", "costumes", "tailleur", "tailleurs", "tuxedo", "smoking", "tux"),
    "jumpsuit": (
        "jumpsuit", "jumpsuits", "combinaison", "combinaisons", "playsuit", "salopette", "salopettes", "dungarees", "combi", "combis",
        "combishort", "overalls", "romper",
    ),
    "leggings": ("leggings", "legging", "joggers", "jogging", "joggings", "tracksuit", "survetement", "survet", "sweatpants"),
    "sari": ("saree", "sarees", "sari", "saris", "lehenga", "dupatta", "dupattas", "salwar", "anarkali"),
    "kurta": ("kurta", "kurtas", "kurti", "kurtis", "kameez", "djellaba", "boubou", "abaya"),
    "apron": ("tablier", "tabliers", "apron", "aprons"),
    "watch": ("watch", "watches", "montre", "montres"),
    "wallet": (
        "wallet", "wallets", "purse", "purses", "portefeuille", "portefeuilles", "porte-monnaie", "porte-cartes", "cardholder", "card holder",
    ),
    "suitcase": ("suitcase", "suitcases", "valise", "valises", "luggage", "weekender", "holdall", "duffel"),
    "satchel": ("satchel", "satchels", "cartable", "cartables", "briefcase", "serviette en cuir"),
    "tie": ("tie", "ties", "cravate", "cravates", "bow tie", "bow ties", "noeud papillon", "noeud pap", "noeuds papillon", "nœud papillon", "nœud pap"),
    "umbrella": ("umbrella", "umbrellas", "parapluie", "parapluies", "brolly"),
    "slippers": ("slippers", "chaussons", "pantoufles", "charentaises", "savates"),
    "moccasins": ("moccasins", "moccasin"),
    "brogues": ("brogues", "brogue", "oxfords", "oxford shoes", "richelieu", "richelieus"),
    "wellies": ("wellies", "wellingtons", "bottes de pluie", "rain boots", "gumboots", "waders"),
    "clogs": ("clogs", "sabots", "crocs", "birkenstocks"),
    "glasses": ("glasses", "specs", "spectacles", "lunettes de vue", "monture", "montures", "frames", "aviators", "aviator"),
    "ring": ("ring", "rings", "bague", "bagues", "alliance", "signet ring", "chevaliere"),
    "earrings": ("earring", "earrings", "boucle d'oreille", "boucles d'oreille", "boucles d'oreilles"),
    "brooch": ("brooch", "broche", "broches", "barrette", "barrettes", "headband", "serre-tete", "scrunchie", "chouchou"),
    "anklet": ("anklet", "anklets", "gourmette", "chaine de cheville"),
    "tights": ("pantyhose", "stockings", "hold-ups"),
    "dressing_gown": ("dressing gown", "bathrobe", "peignoir", "robe de chambre", "robe de nuit"),
    "balaclava": ("balaclava", "cagoule", "cagoules", "tuque", "tuques", "cache-oreilles", "earmuffs"),
    "wedding_dress": ("wedding dress", "wedding dresses", "robe de mariee", "robes de mariee"),
}  # fmt: skip
COLOURS: Dict[str, Sequence[str]] = {
    "olive": ("olive", "vert olive", "olive green"),
    "emerald": ("emerald", "emeraude", "vert emeraude"),
    "mint": ("mint", "menthe", "vert d'eau", "mint green"),
    "turquoise": ("turquoise", "aqua"),
    "royal_blue": ("royal blue", "bleu roi", "bleu electrique", "cobalt", "electric blue"),
    "orange": ("orange", "oranges"),
    "coral": ("coral", "corail"),
    "salmon": ("saumon", "salmon"),
    "fuchsia": ("fuchsia", "fushia", "hot pink", "rose fluo"),
    "blush": ("blush", "rose poudre", "nude"),
    "lavender": ("lavande", "lavender"),
    "mauve": ("mauve", "mauves"),
    "champagne": ("champagne",),
    "copper": ("cuivre", "copper", "bronze", "rose gold"),
    "multicolour": ("multicolore", "multicolour", "multicolored", "multicoloured", "arc-en-ciel", "rainbow"),
    "leopard": ("leopard", "leopard print", "imprime leopard"),
}
FALSE_FRIENDS: Dict[str, FrozenSet[str]] = {  # language -> names that are other words in it
    "fr": frozenset(
        "suit suits pendant sage tan wine top tops tie ties ring haut cap man watch frames trunks kicks".split()
    ),
    "en": frozenset(
        "basket baskets pull pulls short robe rose sage prune brut jean marine babies tennis cape slip slips string body travel runner "
        "mixte derby violet serviette alliance combi broche unique habits costume tailleur boucles cape chaine moyen".split()
    ),
}
SAYINGS: FrozenSet[str] = frozenset(  # in them a catalogue's word is none of its things
    (
        "my bag, in the bag, into the bag, from the bag, in bag, bag of, bags of, bin bag, jiffy bag, parcel bag, paper bag, plastic bag, shopping bag, bags for life, "
        "black friday, black week, top of, on top, over the top, top up, dress me, dress up, dress code, fancy dress, "
        "suit a, suit me, suit my, suit you, suit her, suit him, suits a, suits me, suits my, suits you, would suit, which suits, "
        "red tape, green light, black screen, white screen, blank white, gold card, golden rule, red wine, white wine, glass of wine, "
        "bottle of wine, silver surfer, tied up, under the belt, cap on, at the heels, heels over head, in the red, "
        "carte bleue, cb bleue, carte gold, carte noire, carte blanche, nuit blanche, vendredi noir, marche noir, matiere grise, boite noire, "
        "feu vert, numero vert, zone rouge, liste rouge, fil rouge, ecran blanc, ecran noir, page blanche, vin blanc, vin rouge, "
        "sac d'origine, sac d'emballage, sac plastique, sac poubelle, dans les chaussettes, c'est top, au top, trop top, "
        "montre moi, montre nous, me montre, me montres, nous montres, montres moi, montre voir, tu montres, montre les, montre le"
    ).split(", ")
)
