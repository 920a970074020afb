"""The console: the words that a question may be made of, French and English alike, as `normalise` has them."""

from collections.abc import Mapping


def _phrases(said: Mapping[str, str]) -> dict[str, str]:
    return {phrase.strip(): key for key, phrases in said.items() for phrase in phrases.split(",")}


MEASURE_WORDS = _phrases({
    "sent": "sent, send, messages sent, sent messages, nudges, nudges sent, envoyes, envoye, envoyees, "
    "messages envoyes, envois, envoi, messages envoye",
    "seen": "opens, opened, seen, messages seen, messages opened, reads, ouvertures, ouverts, lus, lectures, vus, "
    "messages lus, messages ouverts, messages vus",
    "seen_rate": "open rate, read rate, opening rate, taux d ouverture, taux d ouvertures, taux de lecture",
    "clicks": "clicks, click, clicked, messages clicked, clics, clic, cliques, clique, messages cliques",
    "click_rate": "click rate, click through rate, clickthrough rate, ctr, taux de clic, taux de clics",
    "replies": "replies, reply, replied, answers, answer, answered, responses, response, messages answered, reponses, "
    "reponse, repondu",
    "reply_rate": "reply rate, answer rate, response rate, taux de reponse, taux de reponses",
    "orders": "orders, order, purchases, purchase, commandes, commande, achats, achat",
    "order_value": "order value, value of orders, value of the orders, revenue, turnover, sales, valeur des commandes, "
    "chiffre d affaires, chiffre d affaire, ventes, montant des commandes, valeur de commande",
    "average_order": "average order, average order value, average basket, mean order value, aov, panier moyen, "
    "commande moyenne, valeur moyenne des commandes",
    "opt_outs": "opt outs, opt out, optouts, opted out, unsubscribes, unsubscribe, unsubscribed, unsubscriptions, "
    "signed off, desinscriptions, desinscription, desinscrits, desabonnements, desabonnement, desabonnes",
    "opt_out_rate": "opt out rate, unsubscribe rate, taux de desinscription, taux de desinscriptions, "
    "taux de desabonnement",
    "complaints": "complaints, complaint, complained, spam reports, plaintes, plainte, reclamations, reclamation",
    "conversations": "conversations, conversation, chats, discussions, discussion",
    "handoffs": "handoffs, hand offs, handovers, requests for a person, asked for a person, asked for a human, "
    "ask for a person, wanted a person, demandes de conseiller, demandes d un conseiller, demande un conseiller, "
    "demande une personne, demandes d une personne, demandent un conseiller, voulu un conseiller",
    "held": "held, held back, messages held, held messages, messages held back, occasions held back, withheld, "
    "retenus, retenu, retenues, messages retenus, occasions retenues",
    "satisfaction": "satisfaction, customer satisfaction, ratings, rating, stars, csat, notes, note, etoiles, "
    "satisfaction client, satisfaction des clients",
    "retention": "retention, retention rate, came back, come back, repeat purchases, returning customers, "
    "repeat customers, repurchase rate, taux de retention, reachat, reachats, taux de reachat, fidelisation, "
    "clients revenus",
})
WEAK = frozenset({"messages", "message"})  # what is sent, unless another measure is named
DIMENSION_WORDS = _phrases({
    "channel": "channel, channels, canal, canaux", "journey": "journey, journeys, parcours",
    "segment": "segment, segments", "reason": "reason, reasons, raison, raisons, motif, motifs",
    "day": "day, days, jour, jours, date", "week": "week, weeks, semaine, semaines", "month": "month, months, mois",
    "hour": "hour, hours, heure, heures, hour of the day, hour of day, time of day, heure de la journee, heure du jour",
    "weekday": "weekday, weekdays, day of the week, day of week, days of the week, jour de la semaine, "
    "jours de la semaine, jour de semaine",
})
BY = frozenset({
    "by", "per", "for each", "in each", "on each", "of each", "each", "every", "split by", "broken down by", "par",
    "pour chaque", "de chaque", "a chaque", "chaque", "selon", "selon le", "selon la", "reparties par", "repartis par",
    "ventilees par", "ventiles par",
})
WHICH = frozenset({"which", "on which", "quel", "quelle", "quels", "quelles", "sur quel", "a quelle", "what"})
MOST = frozenset({"the most", "most", "le plus de", "le plus", "la plus"})  # with `WHICH`: as everything is shown
ADVERBS = _phrases({
    "day": "daily, day by day, quotidien, quotidienne, quotidiennes, quotidiens, journalier, journalieres, "
    "jour par jour, jour apres jour",
    "week": "weekly, week by week, hebdomadaire, hebdomadaires, semaine par semaine",
    "month": "monthly, month by month, mensuel, mensuelle, mensuels, mensuelles, mois par mois",
    "hour": "hourly, heure par heure",
})
CHANNEL_WORDS = _phrases({
    "email": "email, emails, e mail, e mails, mail, mails, courriel, courriels",
    "sms": "sms, text message, text messages, texto, textos",
    "whatsapp": "whatsapp", "messenger": "messenger",
    "web": "web, website, web site, site, le site, the site, site web, widget",
})
# Several of them are messages on that channel, unless another measure is named.
MESSAGES_ON = frozenset({"emails", "e mails", "mails", "courriels", "sms", "text messages", "textos"})
THROUGH = frozenset({"by", "via", "par", "on", "sur", "through", "over"})  # a channel may follow
FILLERS = frozenset({
    "how many", "how much", "what was", "what were", "what is", "what are", "the number of", "number of", "total",
    "show", "show me", "give me", "tell me", "please", "the", "our", "of", "in", "on", "for", "from", "to", "over",
    "during", "within", "with", "through", "via", "at", "did we", "do we", "did we get", "did we have", "did we send",
    "do we have", "have we had", "were", "was", "are", "is", "had", "has", "have", "there", "get", "we", "a", "an",
    "people", "customers", "messages", "message", "us", "were there", "was there", "did", "all", "and how many",
    "combien de", "combien d", "combien", "nombre de", "nombre d", "le nombre de", "le nombre d", "montre moi",
    "montrez moi", "donne moi", "donnez moi", "affiche", "montre", "svp", "s il vous plait", "le", "la", "les", "l",
    "un", "une", "des", "de", "du", "d", "en", "au", "aux", "dans", "sur", "pour", "pendant", "avec", "ont", "a t on",
    "a eu", "ont ete", "a ete", "eu", "ete", "y a t il eu", "a t il eu", "y a eu", "avons nous", "avons nous eu",
    "on a", "nous avons", "est", "sont", "etait", "etaient", "notre", "nos", "personnes", "clients", "il y a eu",
    "y a t il", "quel a ete", "quelle a ete", "quel est", "quelle est", "quelles sont", "quels sont", "quels ont ete",
    "quelles ont ete", "quel etait", "quelle etait", "ces", "tous", "toutes",
})
