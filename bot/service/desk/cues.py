"""Stage A4: a clause's words -> what it wants done to an order or told of it, in French and English. Pure."""

import re
from typing import Literal

Do = Literal["cancel", "address", "payment", "items", "return", "exchange", "home", "person", ""]
Ask = Literal[
    "options",
    "price",
    "difference",
    "refund",
    "total",
    "balance",
    "methods",
    "address",
    "home",
    "tracking",
    "contents",
    "how",
    "when",
    "",
]
_CANCEL = r"cancel\w*|make (?:it|that|this|the order) (?:vanish|disappear|go away)|changed my mind about (?:the |my |this |that )?order\b|(?:kill|scrap|scratch) (?:the |my |that |this )?order|call(?:ing|ed)? off|annul\w*|stop the order|remov\w* (?:\w+ ){1,6}?from (?:my|the|this|that|order)|take (?:\w+ ){1,5}?(?:out of|off) (?:my|the|this|that) order"
_RETURN = r"return(?!ed\b|s are)\w*|(?:is|are|has to|have to|must|should) (?:going|go) back(?! (?:to|on)\b)|(?:send|sending|ship|give|giving|bring) (?:\w+ ){0,4}?back|take (?:\w+ ){0,3}back|retour\w*|renvo\w+|rendre"
_REFUND = r"refund\w*|money back|rembours\w*"
_EXCHANGE = r"exchang\w*|swap\w*|trad(?:e|ing)\b|echang\w*|troqu\w*"
_ITEMS = (
    r"modif\w*|chang(?:e|ing)\b|switch\w*|upgrad\w*|downgrad\w*|replac\w*|updat\w*|alter\w*|edit\w*|adjust\w*|remplac\w*|"
    r"changer|change[rz]?\b|make (?:the|it|that|this|my|them)\b|get (?:the|a|an|one)\b|prefer\b|rather have|(?:is|are|it's) (?:the |a )?wrong (?:size|colou?r)|have (?:the|a) \w+ one instead"
)
_NOT = re.compile(
    r"(?:\b(?:don'?t|do not|didn'?t|did not|not|no|no longer|instead of|rather than|without|never|not going to|won'?t|avoid|forget(?: about)?|scratch|drop|skip|"
    r"ne (?:veux|souhaite|voudrais) (?:pas|plus)|au lieu de|plutot que(?: de)?|sans|pas)\s+"
    r"(?:(?:really|actually|want|wish|like|need|have|trying|asking|to|me|you|the|any|of|be|de|veux|souhaite|looking|for|an?|it|that|this|one|them|these|those)\s+)*)$"
)
_MIND = re.compile(
    r"\b(?:chang\w* (?:my|of) mind(?! about (?:the |my |this |that )?order\b)|chang\w* of plans?|change d'avis|return address|exchange rate|cancellation policy)\b"
)
# Where money goes is part of whatever is in hand: "refund to my PayPal" sends nothing back.
_WHERE_MONEY_GOES = re.compile(
    r"\b(?:(?:the |my )?(?:refund(?:ed)?|money|difference|rest|it)(?: back)?(?: (?:goes?|should go|put|can go))?|money back|refund me|put (?:it|the (?:money|refund|difference)))"
    r"(?: back)? (?:to|on|onto|via|by|with|in) (?:my |the |a |that )?(?:same |original )?(?:paypal|pay pal|gift ?cards?|credit|debit|visa|master ?card|amex|card|original|same)\b"
)
_CHANGES = r"(?:chang|updat|modif|correct|fix|switch|edit|set|put|us(?:e|ing)\b|wrong|incorrect|mistake|mauvaise|erreur|corrig|mettre|remplac|move[ds]?\b|moving|demenag|new|nouvelle|different|autre|another|need)"
_ADDRESS = re.compile(
    rf"\b{_CHANGES}\w*\b.*\b(?:address\w*|adresse|destination)\b|\b(?:address\w*|adresse)\b.*\b{_CHANGES}"
    r"|\b(?:ship\w*|deliver\w*|send|sent|re ?route\w*|livr\w+|expedi\w+|envoy\w+)\s+(?:it|them|this|that|that one|everything|(?:\w+ ){0,5}?(?:orders?|packages?|parcels?|commandes?|colis)|"
    r"order #?\w+|la|le|les)?\s*(?:to|at|a|au|chez|vers)\s+(?!me\b|you\b|back\b|a person|a human)"
    r"|\b(?:orders?|packages?|parcels?|one|it|they|that|these|commandes?|colis|i ordered|i bought)\b(?: \w+){0,4}? (?:goes?|go|be (?:sent|shipped|delivered|going)|sent|shipped|delivered|aille\w*|parte\w*) (?:there|here|to \d+|to (?:the |my |that |this )?(?:new |same |home )?(?:address|house|home|place))\b"
    r"|\buse (?:it|that|this|the same|the new one|that one|this one) (?:for|on|with)\b(?: \w+){0,5}? (?:orders?|packages?|all (?:three|of them)|both)\b"
    r"|\b(?:also|too|and|as well)\b.*\bon (?:every|each|all (?:of )?(?:my|the)|both|my (?:pending|open|other)) ?(?:\w+ )?orders?\b"
    r"|\b(?:moved|moving house|demenage)\b"
)
_ABOUT_ADDRESS = re.compile(
    r"^(?:\w+ ){0,4}(?:first|second|then|also|and|about|for|regarding)? ?(?:the|my|its|an?|l') ?(?:\w+ )?(?:address|adresse)\b(?! (?:on|in|is)\b)"
)
_HOME = re.compile(
    r"\b(?:chang|updat|modif|correct|fix|set|switch|edit|mett|remplac)\w*\s+(?:\w+\s+){0,4}?(?:default|profile|account|user|home|primary|personal)\s+"
    r"(?:(?:shipping|delivery|mailing|home)\s+)?address"
    r"|\b(?:default|profile|account|user) (?:shipping )?address\b.*\b(?:as well|too|also|updated|changed|modified|should be|needs|be (?:changed|updated))"
    r"|\b(?:chang|updat|modif|correct|fix)\w*\s+(?:\w+\s+){0,3}address\s+(?:\w+\s+){0,3}?(?:on (?:file|my account|my profile)|in (?:my|the|your) (?:account|profile|system|records?))"
    r"|\baddress (?:on|in) (?:my |the |your )?(?:file|account|profile|system|records?)\b.*\b(?:chang|updat|modif|correct|set|should be|needs)"
    r"|\b(?:chang|updat|modif|correct|fix|set)\w*\s+(?:it|that|this|my address|the address) (?:on|in) (?:my|the|your) (?:account|profile|records?|system)\b"
    r"|\b(?:chang|updat|modif|correct|fix)\w*\s+(?:my|the) (?:account|profile)(?: \w+)? (?:with|to) (?:it|that|this|the new)\b"
    r"|\badresse (?:par defaut|de mon compte|de mon profil|principale)\b"
)
_AS_SOURCE = re.compile(
    r"\b(?:to|as|with|using|use|is|a|comme) (?:the (?:one|same)(?: as| in| on)? ?|same as )?(?:\w+ )?(?:default|profile|account|home|user|primary) address"
    r"|\b(?:address|one) (?:on|in) (?:my|the|your) (?:file|profile|account)|\bto (?:the |my )?(?:address|one) (?:on file|in my profile)"
)
_PAYMENT = re.compile(
    r"\b(?:chang|switch|updat|modif|us(?:e|ing)\b|mov|put)\w*\s+(?:\S+\s+){0,5}?(?:payment|paid|pay|paiement|billing)\b"
    r"|\bpay(?:ment|ing)?\b(?:\s+\S+){0,4}\s+(?:with|by|using|from|to|on)\b.*\b(?:instead|rather than|different|other|another)\b"
    r"|\b(?:payment|paiement)(?: method)?\b.*\b(?:chang|switch|different|instead|updat|modif|other)"
    r"|\b(?:charged?|billed?|bill) (?:it |this |that |the order |my order |order #?\w+ )?to (?:my|the|a) (?:gift ?card|credit|debit|card|paypal|visa|mastercard)\b|\b(?:payer|regler) (?:\w+ ){0,3}(?:par|avec)\b.*\b(?:plutot|au lieu)"
    r"|\b(?:switch|change|move)\w* (?:\w+ ){0,4}(?:from|to) (?:my )?(?:paypal|gift card|credit card)\b"
)
_MONEY = re.compile(r"\b(?:refund\w*|money|gift ?card|paypal|credit card|pay\w*|rembours\w*|carte)\b")
_PERSON = re.compile(
    r"\b(?:human|representative|supervisor|manager|live agent|real person|speak (?:to|with) (?:someone|somebody|a person|an agent)|"
    r"transfer me|conseiller|un humain|une personne)\b"
)
_STRONG: tuple[tuple[Do, str], ...] = (
    ("cancel", _CANCEL),
    ("exchange", _EXCHANGE),
    ("return", _RETURN),
    ("items", _ITEMS),
    ("return", _REFUND),
)

_ASKS = re.compile(
    r"^(?:(?:so|and|also|ok|okay|well|but|hmm+|oh|just|before (?:that|i decide|we do that)|first|et|mais|alors|hi|hello|bonjour|great|thanks|thank you|got it|i see|actually|yes|no|sure)\s+)*"
    r"(?:what|which|how|when|where|why|who|is|are|does|do (?:you|they|i|we|these|those|the)|did|was|were|will|would|am i|tell me|let me know|give me|show me|list|remind me|"
    r"(?:can|could|would|will) (?:you|u) (?:please |kindly |also |first |just |maybe )*(?:tell|check|confirm|list|let|provide|give|show|look|verify|see|remind|share|find out|calculate|explain)"
    r"|can i (?:see|know|get (?:the|a) (?:total|tracking|list|price))|may i know|"
    r"i(?:'d| would)? (?:also |just |really |first )*(?:want|like|need|wish|love) to (?:also |first |just )*(?:know|see|check|find out|understand|hear|confirm)|"
    r"i'?m (?:just |also )*(?:curious|wondering)|i was wondering|i wonder|"
    r"combien|quel\w*|est ?ce|y a t il|y a il|avez|dites|dis moi|peux tu me dire|pouvez vous me dire|ou est|quand|comment|je (?:veux|voudrais|souhaite\w*|aimerais) (?:aussi )?savoir)\b"
)
_REQUEST = re.compile(
    r"\b(?:can|could|would|will|may|might|is it possible|possible|able|allowed|eligible|puis je|pouvez vous|peux tu|pourriez vous|peut on|possible de|do you mind|how (?:do|can|would) i|comment (?:je|puis))\b"
)
_BY_WHICH_WAY = re.compile(r"\b(?:by (?:mail|post)|in (?:the |a )?store|through the mail|drop (?:it|them) off|par la poste|en boutique|en magasin)\b")
_WISHES = re.compile(
    r"^(?:\w+ ){0,3}?(?:can|could|may) (?:i|we) (?:please |just |maybe |also )?(?:get (?:it|them|that|one|mine)|have|take|do|go (?:with|for)|pick|choose)\b"
)
_TELLS = re.compile(
    r"\b(?:what|which|how (?:much|many|long)|tell|check|know|list|confirm whether|let me know|see (?:if|what|which)|curious|wonder\w*|find out|"
    r"combien|quel\w*|savoir|dites|dis moi)\b"
)
_KINDS: tuple[tuple[Ask, "re.Pattern[str]"], ...] = (
    ("when", re.compile(r"\bhow (?:soon|long|fast|quickly|many days)\b.*\b(?:refund\w*|money|back|credited|process\w*|it)\b|\bwhen\b.*\b(?:refund\w*|money|credited)\b|\bquand\b.*\b(?:rembours\w*|argent)\b")),
    ("how", re.compile(r"\bhow (?:do|can|does|will|would|should) (?:i|we|the|this|it)\b.*\b(?:return|send|work|process|ship)\w*\b|\bby (?:mail|post)\b|\bin (?:the )?store\b|\b(?:return|exchange) (?:process|label|procedure)\b|\bcomment\b.*\b(?:retour\w*|renvo\w*)\b")),
    ("tracking", re.compile(r"\btracking (?:number|id|code|info\w*|detail\w*)|\btrack(?:ing)? (?:it|number)|\bnumeros? de suivi")),
    ("balance", re.compile(r"\bbalance|\bhow much\b.*\b(?:on|in|left)\b.*\bgift ?card|\bsolde|\bcombien\b.*\bcarte cadeau")),
    ("difference", re.compile(r"\bdifference|\bhow much (?:more|extra|less)|\bextra (?:cost|charge)|\bcost me (?:more|extra)|\bpay (?:more|extra)|\bprice change|\bcheaper or\b|\bcombien (?:de )?(?:plus|moins)")),
    ("refund", re.compile(r"\bhow much\b.*\b(?:refund\w*|back|get|receive|credited)\b|\bwhat (?:would|will|do|can|could) i (?:get|receive)\b|\b(?:refund|return) (?:amount|total|value)|\btotal (?:refund|amount)\b.*\b(?:refund|back|return)|\btotal refund|\bamount\b.*\b(?:refunded|back)|\bcombien\b.*\b(?:rembours|recup|rend)")),
    ("total", re.compile(r"\btotal\b|\bhow much (?:did|have|was i|were we|do i owe|does (?:my|the|this|that) order|was (?:my|the|this|that) order|is (?:my|the|this|that) order)|\bcost of (?:my|the|this|that|all)\b.*\borders?|\baltogether|\bin all\b|\bspent\b|\bmontant\b")),
    ("home", re.compile(r"\b(?:default|profile|account|home|on file|my) address|\baddress\b.*\b(?:on file|for me|my account|my profile)|\badresse (?:par defaut|de mon compte)|\bmon adresse")),
    ("address", re.compile(r"\baddress\b|\badresse\b|\bwhere\b.*\b(?:shipped|sent|going|delivered to|shipping to)\b")),
    ("methods", re.compile(r"\bpayment (?:method|option|type)s?|\b(?:cards?|methods?) (?:do i have|i have|on file)|\bpay(?:ing)? (?:with|for)\b|\bhow (?:did|was|am) (?:i|it) pa(?:y|id|ying)|\b(?:paid|charged) (?:with|to|for|by|using)|\bwhich (?:card|method|payment)|\bmoyens? de paiement")),
    ("price", re.compile(r"\bhow much\b|\bprice\w*|\bcosts?\b|\bcheap\w*|\bexpensive|\bprix|\bcout\w*|\bcombien (?:ca )?(?:coute|vaut)")),
    ("contents", re.compile(r"\bwhich (?:of my )?orders?\b|\borders?\b.*\b(?:pending|delivered|cancelled|open)\b|\b(?:what|which)\b.*\b(?:items|bought|purchased|ordered|did i (?:order|buy))\b|\blist\b.*\b(?:items|orders)|\b(?:my|all|recent|any|other|pending|delivered) (?:\w+ )?orders\b|\border (?:history|details?|status|number\w*)|\bdetails (?:of|for|about)\b|\bmes commandes|\bdans (?:ma|la|cette) commande|\bwhat(?:'s| is| are)? (?:else )?in (?:my|the|this|that|order|it)\b|\bstatus\b")),
    ("options", re.compile(r"\boptions?\b|\bavailab\w*|\bin stock|\bversions?\b|\bvariants?\b|\bvarieties|\bmodels?\b|\bchoices?\b|\bkinds?\b|\btypes?\b|\bcolou?rs?\b|\bsizes?\b|\bmaterials?\b|\bwhat other|\bwhich other|\bwhat else|\bwhich ones?|\b(?:do|does|have|got) (?:you|they|it|the\w*)?\b|\bis there|\bare there|\bcome in\b|\bhow many\b|\bdisponib\w*|\ben stock|\btailles?\b|\bcouleurs?\b|\bmodeles?\b|\bavez vous|\by a t il|\bspecs?\b|\blist\b|\bwhat (?:is|are) the\b")),
)  # fmt: skip


def find_do(said: str) -> Do:
    """What a clause wants done; "" for nothing. What is negated ("I do not want to return it") is not wanted."""
    said = _WHERE_MONEY_GOES.sub(" ", _MIND.sub(" ", said))
    if _PERSON.search(said):
        return "person"
    if _HOME.search(said):
        return "home"
    strong = [do for do, cue in _STRONG[:3] if _is_wanted(said, cue)]
    if not strong and _ABOUT_ADDRESS.search(said):
        return "address"
    if _is_payment(said) and not strong:
        return "payment"
    if _is_address(said) and not strong:
        return "address"
    found: Do = next((do for do, cue in _STRONG if _is_wanted(said, cue)), "")
    return "" if found == "items" and is_weak(said, found) and _MONEY.search(said) else found


def _is_payment(said: str) -> bool:
    return bool(_PAYMENT.search(said))


def _is_address(said: str) -> bool:
    return bool(_ADDRESS.search(said))


def _is_wanted(said: str, cue: str) -> bool:
    return any(not _NOT.search(said[: match.start()]) for match in re.finditer(rf"\b(?:{cue})", said))


def is_home_source(said: str) -> bool:
    """Whether words send something to the address of the account, and do not change that one."""
    return bool(_AS_SOURCE.search(said))


def find_ask(said: str, do: Do, *, has_mark: bool, is_asked: bool) -> Ask:
    """What a clause wants to be told; "" when it asks nothing that the desk knows of.

    "Can I return it?" asks for the return, "how much would I get if I return it?" for the sum.
    """
    asks = bool(_ASKS.search(said)) or has_mark
    if not asks and not (is_asked and _ASKS.search(said)):
        return ""
    if is_asked and has_mark and _BY_WHICH_WAY.search(said):
        return "how"
    if _WISHES.search(said) and not _TELLS.search(said):
        return ""
    if do and _REQUEST.search(said) and not _TELLS.search(said):
        return ""
    if do and not has_mark and not _TELLS.search(said) and not _ASKS.search(said):
        return ""
    if do and not _TELLS.search(said) and not re.search(r"^(?:is|are|does|do|did|will|would)\b", said):
        return ""
    return next((kind for kind, pattern in _KINDS if pattern.search(said)), "")


def is_weak(said: str, do: Do) -> bool:
    """Whether only a word such as "refund" or "get a" stands for it, which may as well belong to what was said before."""
    strong = {"return": _RETURN, "items": r"modif\w*|chang(?:e|ing)\b|switch\w*|upgrad\w*|replac\w*|remplac\w*"}.get(
        do, ""
    )
    return bool(strong) and not _is_wanted(_MIND.sub(" ", said), strong)
