"""What any shopper calls things, in French and English, beside the shop's own words. Data, folded.

The engine's vocabulary comes first and says what the shop has; these say what people mean where it is silent.
A name on the right of a table is looked for among the engine's values and their names, whatever engine it is.
"""

from collections.abc import Mapping

# Colours by other names -> what a shop may call them, the nearest first.
COLOURS: Mapping[str, tuple[str, ...]] = {
    "dark red|rouge fonce|wine|lie de vin|maroon|oxblood|grenat|garnet": ("burgundy",),
    "dark green|vert fonce|bottle green|vert bouteille|vert sapin|emerald|emeraude": ("forest green", "forest", "green"),
    "dark blue|bleu fonce|bleu nuit|midnight blue": ("navy",),
    "baby blue|pale blue|bleu pale|bleu clair|light blue|ice blue": ("light blue",),
    "chameau": ("camel",),
    "off white|blanc casse|creme|cream|ivory|ivoire|nacre": ("ecru", "off white", "ivory"),
    "orange|burnt orange|orange brule|brique|brick|rouille|rust": ("orange", "rust", "terracotta"),
    "lavender|lavande|mauve|parme": ("lilac", "purple"),
    "violet|purple|aubergine": ("plum", "purple"),
    "turquoise|petrol|petrole|canard": ("turquoise", "teal"),
    "coral|corail|salmon|saumon": ("coral", "terracotta", "pink"),
    "fuchsia|hot pink|blush|rose poudre": ("fuchsia", "pink"),
    "olive": ("olive", "khaki"),
    "mint|menthe": ("mint", "sage"),
    "nude|chair": ("nude", "beige", "sand"),
    "pastel": ("pink", "lilac", "light blue", "sage"),
    "golden|or": ("gold",),
}
# A plain colour's shades: who asks for green is served by sage, second.
SHADES: Mapping[str, tuple[str, ...]] = {
    "blue": ("navy", "light blue", "denim blue", "raw denim", "teal"),
    "green": ("forest green", "sage", "khaki"),
    "white": ("ecru",),
    "brown": ("chocolate", "tan", "camel"),
    "grey": ("charcoal",),
    "beige": ("sand", "camel", "ecru", "taupe"),
    "yellow": ("mustard",),
    "purple": ("lilac",),
    "orange": ("rust", "terracotta"),
}
MATERIALS: Mapping[str, tuple[str, ...]] = {
    "en jean|en denim": ("denim",),
    "bio|organic": ("organic cotton",),
    "wool|laine|wooly|woolly|woollen|lainage": ("wool", "merino", "tweed"),
    "leather|cuir": ("leather",),
    "suede|daim|nubuck": ("suede",),
    "raffia|raphia|straw|paille": ("straw",),
    "recycled|recycle|recyclee|matiere recyclee": ("recycled polyester", "recycled nylon"),
    "polyester": ("polyester", "recycled polyester"),
    "nylon|polyamide": ("nylon", "recycled nylon"),
    "synthetic|synthetics|synthetique|synthetiques|plastic|plastique": ("polyester", "nylon", "recycled polyester", "recycled nylon"),
    "acrylic|acrylique": ("acrylic",),
    "coton|cotton": ("cotton", "organic cotton"),
    "fourrure|fur|faux fur": ("fur",),
}
# What somebody who says no to the first would rather not find either.
AVOIDED_WITH: Mapping[str, tuple[str, ...]] = {
    "wool": ("merino", "tweed"),
    "leather": ("suede",),
    "suede": (),
    "cotton": ("organic cotton", "cotton gauze"),
}
# Who says so wants none of them.
VEGAN = ("vegan", "vegane", "vegans", "veganes", "cruelty free", "animal free", "no animal", "sans matiere animale", "sans produit animal")
ANIMAL = ("leather", "suede", "wool", "merino", "cashmere", "alpaca", "mohair", "silk", "tweed")
PATTERNS: Mapping[str, tuple[str, ...]] = {
    "flowery|fleuri|fleurie|floral|fleurs|fleur|flowers": ("floral",),
    "stripey|stripy|striped|raye|rayee|rayure|rayures": ("striped",),
    "plaid|tartan|checked|checkered|gingham|carreaux": ("checked",),
    "uni|unie|plain|sans motif|sans motifs|no pattern": ("plain",),
    "torsades|cable|cable knit|cables": ("cable knit",),
    "pois|polka|dotted|dots": ("polka dot",),
    "matelasse|matelassee|quilted|padded": ("quilted",),
}
SEASONS: Mapping[str, tuple[str, ...]] = {
    "ete|summer|estival|summery|printemps|spring": ("spring and summer", "summer"),
    "hiver|winter|automne|autumn|fall|neige|snow": ("autumn and winter", "winter"),
}
OCCASIONS: Mapping[str, tuple[str, ...]] = {
    "beach|plage|vacances|holiday|holidays|seaside|mer": ("holiday",),
    "office|bureau|boulot|job|interview|entretien|embauche|reunion|meeting": ("work",),
    "randonnee|rando|hiking|hike|hiker|montagne|mountain|outdoor": ("outdoors",),
    "wedding|mariage|ceremonie|ceremony|bapteme|christening|communion|garden party|cocktail|fiancailles|engagement": ("wedding",),
    "party|fete|soiree|nouvel an|new year|new years|evening|clubbing|danser|dancing|dinner|diner|restaurant|resto|date|"
    "theatre|opera|gala|night out|reveillon|anniversaire": ("party",),
    "lounging|glander|cocooning|lounge|cosy|sunday|dimanche|grasse matinee|reading|lire": ("at home", "home"),
    "trip|voyage|voyager|travel|travelling|flight|plane|avion|train|croisiere|cruise": ("holiday",),
    "picnic|pique nique|barbecue|terrasse|festival|concert|brunch": ("weekend",),
    "school|ecole|fac|university|college|cours": ("everyday",),
    "camping|garden|jardin|jardiner|gardening|foret|forest|promenade": ("outdoors",),
}
# "Boyfriend jeans" are a cut, and "my boyfriend" is a man.
GENDERS: Mapping[str, tuple[str, ...]] = {
    "femme|women|womens|woman|ladies|lady|elle|mere|maman|copine|fille|soeur|mum|mom|mother|wife|sister|"
    "daughter|grandmother|grand mere|epouse|my girlfriend|my aunt|my niece|my grandma|ma tante|ma mamie|ma niece|ma cousine|ma belle mere": ("women",),
    "homme|men|mens|man|him|pere|papa|mari|copain|frere|dad|father|husband|brother|son|groom|grandfather|"
    "grand pere|epoux|my boyfriend|my uncle|my nephew|my grandpa|mon oncle|mon papy|mon neveu|mon beau pere": ("men",),
    "enfant|enfants|kid|kids|child|children|childrens|bebe|baby|toddler|fillette|year old": ("children", "kids"),
}
STYLES: Mapping[str, tuple[str, ...]] = {
    "chic|elegant|elegante|smart|dressy|classe|fancy|habille|habillee": ("elegant",),
    "sport|sporty|sportif|running|jogging|courir|course|footing|gym|yoga|fitness|workout|training|entrainement": ("sporty",),
    "nouvel an|new year|new years|reveillon|gala|evening wear|tenue de soiree|night out|opera": ("evening",),
    "voile|voilier|sailing|sailor|marin|bateau|boat|nautical": ("nautical",),
}
# How it may be cleaned: words that stand in what a product says of its care.
CARE: Mapping[str, tuple[str, ...]] = {
    "machine washable|machine wash|washable|lavable en machine|lavable machine|passe en machine|lave en machine": ("machine", "cycle"),
    "hand wash|lavage a la main|lavable a la main": ("hand",),
    "wipe clean|coup d eponge": ("wipe",),
}
# What a product states of itself in words of its own, so that one may ask for what states anything of it.
STATED: Mapping[str, str] = {
    "repair": "repairable|reparable|repair|repaired|reparer|repares|mend|mended|mendable|resole|resoled|resoleable|ressemeler|ressemelable|"
    "recoudre|raccommodable",
    "recycling": "recyclable|taken back|take back|fin de vie|end of life|biodegradable|compostable",
    "impact": "low impact|lower impact|faible impact|moindre impact|impact environnemental|environmental impact|impact|eco friendly|"
    "ecofriendly|eco responsable|ecoresponsable|eco conscious|ecologique|ecolo|ecological|sustainable|sustainably|mode durable|"
    "mode responsable|ethical|ethique|low carbon|bas carbone|carbon footprint|empreinte carbone|"
    "good for the planet|bon pour la planete|pour la planete|less water|moins d eau",
}
# Wider than one type: where the thing is worn (bot/recommend/traits.py).
PLACES: Mapping[str, tuple[str, ...]] = {
    "shoes|shoe|footwear|chaussures|chaussure|souliers|godasses": ("shoes",),
    "haut|hauts|top|tops": ("top",),
    "accessoire|accessoires|accessory|accessories": ("accessory", "bag"),
    "bijou|bijoux|jewel|jewellery|jewelry": ("jewellery",),
}
# Types by other names -> what a shop may call them.
TYPES: Mapping[str, tuple[str, ...]] = {
    "slippers|slipper socks|chaussons|pantoufles|charentaises": ("slippers",),
    "fleece|polaire|fleece jacket": ("fleece",),
    "bucket hat|bob": ("bucket hat",),
    "swimming trunks|swim shorts|short de bain|trunks": ("swim shorts",),
    "wellies|wellingtons|gumboots|rain boots|bottes de pluie|bottines de pluie|rain ankle boots": ("boots",),
    "hoodie|hooded sweatshirt|sweat capuche|sweat a capuche": ("sweatshirt", "hoodie"),
    "corduroys|cords": ("trousers",),
    "caps|cap|casquette": ("hat",),
    "puffer|doudoune|down jacket|padded coat|padded jacket|light puffer": ("coat",),
    "tailleur pantalon|trouser suit|pantsuit": ("blazer", "trousers"),
    "tailleur|costume|suit": ("suit", "blazer", "trousers"),
    "bathrobe|dressing gown|robe de chambre|peignoir": ("dressing gown",),
    "manteau peignoir|robe coat": ("coat",),
    "quarter zip|half zip|col camionneur|pull camionneur": ("jumper",),
    "turtleneck|roll neck|polo neck|col roule": ("jumper",),
    "stole|etole|wrap|shawl|chale|pareo": ("scarf",),
    "stilettos|stiletto|talons|pumps|escarpins": ("heels",),
    "jogging|joggers|sweatpants": ("joggers",),
    "tie|ties|cravate|cravates|noeud papillon|bow tie": ("tie",),
    "swimsuit|bikini|maillot de bain|maillot|swimwear": ("swimsuit",),
    "watch|montre|wrist watch": ("watch",),
    "umbrella|parapluie|brolly": ("umbrella",),
    "bra|soutien gorge|lingerie|culotte|knickers|boxer|boxers|calecon|underwear|brassiere": ("underwear",),
    "wallet|portefeuille|purse|porte monnaie|porte cartes|card holder": ("wallet",),
    "ring|bague|alliance|chevaliere": ("ring",),
    "legging|leggings": ("leggings",),
    "jumpsuit|combinaison|salopette|dungarees|playsuit|combishort": ("jumpsuit",),
    "sous pull|base layer": ("t-shirt", "jumper"),
    "veste de jogging|zip up sweatshirt|track jacket|veste de survetement|sweat zippe|zip sweatshirt": ("sweatshirt",),
    "robe pull|sweater dress|jumper dress|knitted dress": ("dress",),
    "combinaison de ski|ski suit|ski jacket": ("ski suit",),
    "bridal gown|wedding dress|robe de mariee": ("wedding dress",),
    "robe de grossesse|maternity dress|maternity": ("maternity wear",),
    "football boots|chaussures de foot|cleats": ("football boots",),
    "suitcase|valise": ("suitcase",),
    "perfume|parfum|cologne|make up|maquillage|lipstick|cream|shampoo|shampoing": ("beauty",),
    "phone case|iphone case|iphone|coque iphone|coque|telephone portable|laptop|tv|television|headphones|casque audio": (
        "electronics",
    ),
    "washing machine|machine a laver|lave linge|fridge|frigo|refrigerateur|lave vaisselle|dishwasher": ("appliances",),
    "bed sheet|bed sheets|sheets|drap|draps|housse|couette|duvet cover|pillowcase|towel|towels|serviette|rideau": (
        "household linen",
    ),
    "canape|sofa bed|three seater sofa|seater sofa|chaise|fauteuil|table|matelas|mattress|desk|lamp|lampe": ("furniture",),
    "pizza|burger|kebab|sandwich|chocolat noir|wine bottle|beer|biere": ("food",),
    "lego|jouet|jouets|toy|toys|puzzle": ("toys",),
    "cigarette|cigarettes|book|livre|billet|ticket": ("else",),
}
# Sizes in words, where a size is spoken of ("in large"); those of two words by themselves.
SIZES: Mapping[str, str] = {
    "extra extra large": "XXL", "double extra large": "XXL", "extra large": "XL", "extra small": "XS", "extra petit": "XS", "tres grande": "XL",
    "tres grand": "XL", "tres petite": "XS", "tres petit": "XS", "large": "L", "grande": "L", "grand": "L", "medium": "M", "moyenne": "M",
    "moyen": "M", "small": "S", "petite": "S", "petit": "S",
}  # fmt: skip
MADE_IN = ("made", "produced", "manufactured", "fabrique", "produit", "confectionne", "cousu", "sewn")  # and then: in, en, au
# "French-made", "de fabrication italienne": how people call what comes from a country.
DEMONYMS: Mapping[str, str] = {
    "FR": "french|francais|francaise", "IT": "italian|italien|italienne", "PT": "portuguese|portugais|portugaise",
    "ES": "spanish|espagnol|espagnole", "GB": "british|english|britannique|anglais|anglaise", "DE": "german|allemand|allemande",
    "TN": "tunisian|tunisien|tunisienne", "MA": "moroccan|marocain|marocaine", "TR": "turkish|turc|turque", "CN": "chinese|chinois|chinoise",
    "IN": "indian|indien|indienne", "BE": "belgian|belge", "CH": "swiss|suisse", "RO": "romanian|roumain|roumaine",
    "PL": "polish|polonais|polonaise", "BD": "bangladeshi", "VN": "vietnamese|vietnamien|vietnamienne", "JP": "japanese|japonais|japonaise",
    "US": "american|americain|americaine",
}  # fmt: skip
_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
# Places wider than a country, by the codes of what lies in them.
REGIONS: Mapping[str, frozenset[str]] = {
    "eu|ue|european union|union europeenne": frozenset(_UNION.split()),
    "europe|european|europeen|europeenne": frozenset(f"{_UNION} AD AL BA CH GB IS LI MC MD ME MK NO RS SM UA XK".split()),
}
GIFT = frozenset("cadeau cadeaux gift gifts present offrir anniversaire birthday".split())
OUTFIT = frozenset("tenue outfit outfits wear gear clothes vetements vetement mettre habiller porter dress".split())
WARM = frozenset("chaud chaude warm froid freezing cold gelee gele frileuse frileux neige snow degres cosy".split())
# How warm stuff is, 0 to 1, where nothing else tells.
WARMTH: Mapping[str, float] = {
    "wool": 0.8, "merino": 0.6, "cashmere": 0.8, "alpaca": 0.9, "mohair": 0.7, "fleece": 0.9, "tweed": 0.7, "flannel": 0.6,
    "corduroy": 0.5, "velvet": 0.4, "suede": 0.3, "leather": 0.3, "linen": 0.0, "gauze": 0.0, "silk": 0.1,
}  # fmt: skip
BRANDS_ELSEWHERE = frozenset("nike adidas puma levis levi zara hm uniqlo gucci prada converse vans lacoste chanel dior".split())

CHEAPER = (
    "moins cher", "cheaper", "less expensive", "not so expensive", "moins onereux", "plus abordable", "trop cher", "too expensive", "too pricey",
    "too dear", "pricey", "over budget", "hors budget", "hors de prix", "un peu cher", "a bit expensive", "a bit dear",
)
CHEAPEST = ("le moins cher", "la moins cher", "les moins cher", "cheapest", "least expensive", "lowest price", "le prix le plus bas")
DEAREST = ("le plus cher", "la plus cher", "les plus cher", "most expensive", "dearest", "priciest")
CHEAP = ("pas cher", "pas trop cher", "not too expensive", "not expensive", "not too dear", "cheap", "petit prix", "bon marche", "affordable", "abordable", "inexpensive")
SALE = ("en solde", "solde", "promo", "promotion", "on sale", "reduced", "discounted", "discount", "en promo", "remise")
WARMER = ("plus chaud", "warmer", "pour l hiver", "for winter", "for that winter")
LIKE = (
    "comme ca", "comme celui", "comme celle", "comme ceux", "comme celles", "like this", "like that", "like it", "like these", "like those",
    "similar", "same", "meme", "pareil", "ce style", "ce genre", "semblable", "than this", "than that", "que celui", "que celle",
    "this one", "ce modele", "autre modele", "autres modeles", "another model", "other models",
)  # fmt: skip
# Said of the very product on the screen, not of what is like it.
SAME = ("same", "meme", "memes", "pareil", "the same", "it", "this", "this one", "that one", "celui ci", "celle ci", "ce modele", "cet article")
OTHER_COLOUR = ("other colour", "other color", "another colour", "another color", "different colour", "different color", "autre couleur",
                "autres couleurs", "other colours", "other colors", "autre coloris", "autres coloris", "une couleur differente")  # fmt: skip
OTHERS = ("autre modele", "autres modeles", "another model", "other models", "d autres", "others", "anything else", "other ones", "autre chose", "another one")
NEW_SEARCH = frozenset("something anything quelque truc cadeau cadeaux gift gifts present looking cherche cherchez montre montrez outfit tenue".split())
ASKS_OTHERS = frozenset("something anything quelque montre montrez".split())  # "anything else?", "montrez-m'en d'autres"
MORE = ("plus", "en plus", "a longer", "a looser", "a shorter", "a bigger", "a smaller", "a wider", "a darker", "a lighter")
NO = frozenset("pas sans ni no not without sauf except jamais never aucun evite avoid deteste hate dislike hormis".split())
NO_ENDS = frozenset("mais but plutot rather".split())
AND = frozenset("et and ou or ni".split())
ASIDE = frozenset("pour for sur over avec with sous under dans".split())  # what comes after is not what is looked for
FILLERS = frozenset("""
    a ai aime am an and be been being peut peux pouvez whom any anything are as au aussi aux avec avez beau belle best bien bonjour but by c can ce ces cet cette cherche cherchez
    chose could d dans de des do doesn doesnt don dont du elle en est et etre every for from fais fait faire get gift go going good got had
    has have he hello her him his i idea idee il ils in is it its j je jai joli jolie l la le les leur like look looking love lot lots lui
    m ma mais me mes met mets moi mon my n ne need never nice no not notre of on one ones or ou out over par pas petit petite plus pour
    present cadeau qu quand que quel quelle quelqu quelque quelques qui quoi really s sa salut show se sell she si so some somebody someone
    something son sont sort sous style sur svp t ta taille te tenue than that the them there these they thing this those to ton tout toute
    trop tu un une up use vend vendez veut veux voir votre voudrais vous want wants wear what when which will with without won wont would y
    you your size color colour couleur pointure prix price euro euros eur item items model modele autre other que really people outfit
    even encore still ones instead finally finalement trop too autres others another different differents differente
    adore adores always plait plaisent montrer montrez toujours meme same pareil similar give offrir mettre mes ses his size au dela que day jour jours
""".split())
# Spelt well, though no product says them: what stands near them is another word.
KEPT_WORDS = frozenset("stock store stores shop shops boutique magasin magasins made repair code sold maison ville city".split())
TABLES = (COLOURS, MATERIALS, PATTERNS, SEASONS, OCCASIONS, GENDERS, STYLES, PLACES, TYPES, CARE)
PLAIN = (*FILLERS, *NO, *CHEAPER, *CHEAP, *SALE, *WARMER, *LIKE, *MORE, *WARM, *GIFT, *OUTFIT, *MADE_IN, *BRANDS_ELSEWHERE, *DEMONYMS.values(), *REGIONS, *STATED.values(), *VEGAN, *KEPT_WORDS)
