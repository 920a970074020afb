"""Customers that are one person become one; strangers who share a thing do not; somebody's word stands."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from bot.errors import Conflict, NotAllowed, NotFound
from bot.profile.consent import consent_state, record_consent
from bot.profile.customers import members_of, merge_customers, merges_of, resolve_identity, root_of, unmerge
from bot.profile.events import Event, append_events, events_of
from bot.profile.identities import create_customer, create_customers
from bot.profile.link_reviews import accept_review, list_reviews, refuse_review
from bot.profile.linking import link_customers
from bot.profile.resolution.measures import measure_clusters
from bot.profile.traits import set_trait, set_traits

SALT = "salt-for-tests-0123"
CAMILLE = {"first_name": "Camille", "last_name": "Lefèvre", "birth_date": "1988-03-14", "postcode": "69003",
           "city": "Lyon", "email": "camille.lefevre@example.org", "phone": "06 12 34 56 78"}


def _person(connection, now, kind, value):
    return resolve_identity(connection, kind, value, source="shop", is_verified=True, now=now, salt=SALT)


def _customer(connection, now, said, *, silo="crm", account=None):
    if account:
        made = _person(connection, now, "customer_id", account)
    else:
        made = create_customer(connection, now=now, salt=SALT)
    for name, value in said.items():
        set_trait(connection, made, name, value, silo=silo, now=now)
    return made


OTHERS = """
Adèle Aubert 1951-02-03 13001 Marseille adele.aubert@example.net 0491000001
Baptiste Caron 1962-07-19 59000 Lille b.caron@poste.example 0320445566
Colette Dubois 1973-11-30 31000 Toulouse colette@maison.example 0561778899
Damien Faure 1984-05-08 33000 Bordeaux d.faure@bureau.example 0556123412
Élodie Garnier 1995-09-21 67000 Strasbourg elodie.g@example.net 0388654321
Fabrice Hamel 1957-12-12 35000 Rennes fabrice@atelier.example 0299010203
Gaëlle Imbert 1968-04-27 06000 Nice imbert.gaelle@example.net 0493887766
Hakim Jaoui 1979-08-16 34000 Montpellier hakim@studio.example 0467334455
Irène Klein 1990-01-05 51100 Reims klein.irene@lycee.example 0326909192
Jérôme Lopez 1954-10-24 76000 Rouen jlopez@port.example 0235717273
Karine Munoz 1966-03-31 21000 Dijon karine.munoz@example.net 0380616263
Loïc Noël 1988-06-11 29200 Brest loic@mer.example 0298515253
"""


def _strangers(connection, now):
    """Others, so that no value is everybody's."""
    names = ("first_name", "last_name", "birth_date", "postcode", "city", "email", "phone")
    for line in OTHERS.strip().splitlines():
        _customer(connection, now, dict(zip(names, line.split(), strict=True)))


def _people(store, now, *said, **more):
    with store.write() as connection:
        _strangers(connection, now)
        return [_customer(connection, now + timedelta(seconds=at), each, **more) for at, each in enumerate(said)]


def _roots(store, customers):
    with store.read() as connection:
        return [root_of(connection, each) for each in customers]


def test_does_nothing_in_an_empty_store(store, now):
    report = link_customers(store, now=now)
    assert (report.records, report.merged, report.waiting) == (0, 0, 0)


def test_leaves_a_customer_of_whom_only_the_name_is_known(store, now):
    nobody = {"first_name": "Camille", "last_name": "Lefèvre"}
    pair = _people(store, now, nobody, nobody)
    report = link_customers(store, now=now)
    assert (report.records, report.merged, report.waiting) == (12, 0, 0)
    assert _roots(store, pair) == pair


def test_merges_nobody_by_name_and_town_alone(store, now):
    said = {"first_name": "Jean", "last_name": "Martin", "city": "Paris"}
    pair = _people(store, now, said, said)
    report = link_customers(store, now=now)
    assert report.merged == 0
    assert _roots(store, pair) == pair


def test_believes_nothing_that_a_page_claimed(store, now):
    with store.write() as connection:
        _strangers(connection, now)
        pair = [_customer(connection, now, CAMILLE), _customer(connection, now, CAMILLE, silo="web_claim")]
    assert link_customers(store, now=now).merged == 0
    assert _roots(store, pair) == pair


def test_a_family_behind_one_e_mail_and_one_door_stays_apart(store, now):
    family = [{"last_name": "Moreau", "email": "famille.moreau@example.org", "street": "3 rue des Lilas",
               "postcode": "44000", "city": "Nantes", "phone": "02 40 12 34 56", "first_name": name, "birth_date": born}
              for name, born in (("Hélène", "1961-05-02"), ("Gérard", "1959-11-30"), ("Lucas", "1990-01-17"),
                                 ("Zoé", "1990-01-17"))]  # Lucas and Zoé are twins
    members = _people(store, now, *family)
    report = link_customers(store, now=now)
    assert report.merged == 0
    assert _roots(store, members) == members


def test_a_till_phone_makes_nobody_one(store, now):
    names = [("Anne", "Perrin"), ("Bruno", "Da Silva"), ("Chloé", "Weber"), ("David", "Nguyen"), ("Emma", "Kowalski"),
             ("Farid", "Benali"), ("Guy", "Leroux"), ("Hugo", "Santos"), ("Inès", "Olivier"), ("Jules", "Teissier")]
    shoppers = _people(store, now, *({"first_name": first, "last_name": last, "phone": "+33144556677", "city": "Paris"}
                                     for first, last in names))
    report = link_customers(store, now=now)
    assert report.crowded == {"phone": 1}
    assert (report.merged, report.waiting) == (0, 0)
    assert _roots(store, shoppers) == shoppers


def test_a_shared_device_makes_nobody_one(store, now):
    """One browser, two people who signed in one after the other: the device is no field that records compare by."""
    other = {**CAMILLE, "first_name": "Bruno", "last_name": "Perrin", "birth_date": "1970-12-01",
             "email": "bruno@example.org", "phone": "06 98 76 54 32"}
    pair = _people(store, now, {**CAMILLE, "anonymous_id": "device-1"}, {**other, "anonymous_id": "device-1"})
    link_customers(store, now=now)
    assert _roots(store, pair) == pair


def test_two_accounts_of_one_shop_never_merge_however_alike(store, now):
    with store.write() as connection:
        _strangers(connection, now)
        pair = [_customer(connection, now, CAMILLE, account=each) for each in ("c1", "c2")]
        helper = _customer(connection, now, CAMILLE)  # nor through a third record
    report = link_customers(store, now=now)
    one, other, third = _roots(store, [*pair, helper])
    assert one != other
    assert report.merged == 1
    assert third in (one, other)


def test_merges_two_silos_records_of_one_person_however_written(store, now):
    written = {**CAMILLE, "first_name": "CAMILLE", "last_name": "Lefevre", "phone": "+33612345678",
               "email": "Camille.Lefevre+shop@example.org", "birth_date": "14/03/1988"}
    pair = _people(store, now, CAMILLE, written)
    report = link_customers(store, now=now)
    assert report.merged == 1
    assert len(set(_roots(store, pair))) == 1
    with store.read() as connection:
        assert len(merges_of(connection, pair[0])) == 1


def test_merges_an_address_that_is_an_identity_with_one_that_a_silo_knows(store, now):
    [known] = _people(store, now, CAMILLE)
    with store.write() as connection:
        owner = _person(connection, now, "email", CAMILLE["email"])
        for name in ("first_name", "last_name", "birth_date"):
            set_trait(connection, owner, name, CAMILLE[name], silo="shop", now=now)
    assert link_customers(store, now=now).merged == 1
    assert len(set(_roots(store, [known, owner]))) == 1


def test_a_second_run_changes_nothing(store, now):
    _people(store, now, CAMILLE, CAMILLE, {**CAMILLE, "email": "cl@example.org"})
    first = link_customers(store, now=now)
    with store.read() as connection:
        before = list_reviews(connection)
    second = link_customers(store, now=now + timedelta(days=1))
    with store.read() as connection:
        assert list_reviews(connection) == before
    assert (first.merged, second.merged, second.waiting) == (2, 0, first.waiting)


def test_unmerge_gives_both_back_with_events_since_and_no_run_repeats_it(store, now):
    pair = _people(store, now, CAMILLE, CAMILLE)
    link_customers(store, now=now)
    later = now + timedelta(hours=1)
    with store.write() as connection:
        append_events(connection, [
            Event(f"since-{each}", each, "web", "track", "Product Viewed", {}, later, later) for each in pair
        ])
        assert len(events_of(connection, pair[0])) == 2
        unmerge(connection, merges_of(connection, pair[0])[0], now=later)
    report = link_customers(store, now=later)
    assert (report.merged, report.waiting) == (0, 0)
    assert _roots(store, pair) == pair
    with store.read() as connection:
        assert [[event.message_id for event in events_of(connection, each)] for each in pair] == [
            [f"since-{each}"] for each in pair
        ]


def test_consent_of_a_merged_person_is_the_stricter(store, now):
    pair = _people(store, now, CAMILLE, CAMILLE)
    with store.write() as connection:
        for each, state in zip(pair, ("granted", "withdrawn"), strict=True):
            record_consent(connection, each, purpose="marketing", channel="email", state=state, source="test",
                           wording="", now=now)
    link_customers(store, now=now + timedelta(seconds=9))
    with store.read() as connection:
        assert len(members_of(connection, pair[0])) == 2
        assert [consent_state(connection, each, "marketing", "email") for each in pair] == ["withdrawn"] * 2


@pytest.fixture
def twins(store, now):
    """One mailbox and phone, two given names: likely the two of a couple, and for somebody to say."""
    return _people(store, now, CAMILLE, {**CAMILLE, "first_name": "Bernadette"})


def _only_review(store):
    with store.read() as connection:
        [review] = list_reviews(connection)
    return review


def test_asks_about_two_given_names_behind_one_address(store, now, twins):
    report = link_customers(store, now=now)
    assert (report.merged, report.waiting) == (0, 1)
    review = _only_review(store)
    assert sorted(twins) == [review.left_id, review.right_id]
    assert review.evidence["given_name"] == "differs"
    assert {name for name, how in review.evidence.items() if how == "same"} == {
        "family_name", "birth_date", "postcode", "city", "email", "phone"
    }


def test_a_refused_pair_is_neither_proposed_nor_merged_again(store, now, twins):
    link_customers(store, now=now)
    review = _only_review(store)
    with store.write() as connection:
        refuse_review(connection, review.review_id, by="ines", now=now)
        for each in twins:  # whatever is learnt since
            set_trait(connection, each, "first_name", "Camille", silo="crm", now=now + timedelta(days=1))
    report = link_customers(store, now=now)
    assert (report.merged, report.waiting) == (0, 0)
    assert _roots(store, twins) == twins


def test_an_accepted_pair_is_merged_and_can_be_parted_again(store, now, twins):
    link_customers(store, now=now)
    with store.write() as connection:
        merge_id = accept_review(connection, _only_review_in(connection), by="ines", now=now)
    assert len(set(_roots(store, twins))) == 1
    with store.write() as connection:
        unmerge(connection, merge_id, now=now)
    assert link_customers(store, now=now).waiting == 0
    assert _roots(store, twins) == twins


def _only_review_in(connection):
    [review] = list_reviews(connection)
    return review.review_id


def test_refuses_an_answer_to_what_nobody_asked_or_what_is_answered(store, now, twins):
    link_customers(store, now=now)
    number = _only_review(store).review_id
    with store.write() as connection:
        with pytest.raises(NotFound):
            accept_review(connection, number + 1, by="", now=now)
        refuse_review(connection, number, by="", now=now)
        with pytest.raises(Conflict):
            accept_review(connection, number, by="", now=now)


def test_refuses_to_accept_two_accounts_of_one_shop(store, now, twins):
    link_customers(store, now=now)
    review = _only_review(store)
    with store.write() as connection:
        for each, account in zip(twins, ("c8", "c9"), strict=True):
            owner = _person(connection, now, "customer_id", account)
            merge_customers(connection, each, owner, reason="test", now=now)
        with pytest.raises(NotAllowed):
            accept_review(connection, review.review_id, by="", now=now)


@pytest.mark.slow
def test_thousands_are_linked_as_the_truth_says_and_a_second_run_changes_nothing(store, now, shared_data):
    path = shared_data / "data/splink_people/historical_figures_with_errors_50k.parquet"
    table = pl.read_parquet(path).filter(pl.col("cluster").str.ends_with("7")).head(3_000)
    names = ("full_name", "first_name", "surname", "dob", "birth_place", "postcode_fake", "gender", "occupation")
    rows = table.to_dicts()
    with store.write() as connection:
        made = create_customers(connection, len(rows), now=now, salt=SALT)
        set_traits(connection, [
            {"customer_id": each, "name": name, "silo": "crm", "value": row[name], "set_at": now}
            for each, row in zip(made, rows, strict=True) for name in names if row[name]
        ])
    first = link_customers(store, now=now, region="GB")
    second = link_customers(store, now=now + timedelta(days=1), region="GB")
    assert (first.held, second.merged, second.waiting) == (0, 0, first.waiting)
    person = np.unique(table["cluster"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    roots = np.unique(_roots(store, made), return_inverse=True)[1].astype(np.int64)
    quality = measure_clusters(roots, person, np.ones(len(rows), dtype=bool))
    assert quality.precision > 0.99
    assert quality.recall > 0.65
