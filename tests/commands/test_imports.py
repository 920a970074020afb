"""`prevenant import` and `prevenant rejects`, as they are typed."""

import json

import pytest

from bot.errors import FixInput, NotFound

PEOPLE = """N° client;Prénom;E-mail;Date de naissance
1;Ada;ada@example.org;03/05/1980
2;Bob;pas-un-mail;31/02/1981
3;Cléa;clea@example.org;12/12/1990
"""


@pytest.fixture
def clients(tmp_path):
    """A file as a French spreadsheet writes it, with one row that is wrong."""
    path = tmp_path / "clients.csv"
    path.write_text(PEOPLE, encoding="utf-8")
    return path


def test_says_in_a_sentence_that_there_is_nothing_yet(run, tmp_path):
    assert run("import", "runs") == "Nothing was imported yet.\n"
    assert run("rejects") == "Nothing was refused.\n"
    assert json.loads(run("import", "report", "--out", str(tmp_path)))["silos"] == 0


@pytest.mark.parametrize(("words", "why"), [
    (("import", "preview", "none.csv"), "there is no file none.csv"),
    (("import", "preview", "clients.docx"), "must end in .csv"),
    (("import", "mailing", "x.csv", "--tool", "pigeon"), "brevo, mailing"),
    (("import", "uci", "."), "holds no online_retail.parquet"),
])
def test_says_what_is_wrong_with_a_file(run, words, why):
    with pytest.raises((NotFound, FixInput), match=why):
        run(*words)


def test_tells_where_the_runs_numbers_are(run, clients):
    run("import", "preview", str(clients))
    with pytest.raises(NotFound, match="import runs"):
        run("import", "replay", "7", "--mapping", str(clients.with_suffix(".mapping.toml")))


def test_previews_imports_lists_and_replays_a_file(run, clients):
    seen = json.loads(run("import", "preview", str(clients)))
    assert [row.get("refused") for row in seen["rows"]] == ["", "identities.email: no email", ""]
    mapping = clients.with_suffix(".mapping.toml")
    assert 'type = "date"' in mapping.read_text(encoding="utf-8")
    done = json.loads(run("import", "file", str(clients), "--mapping", str(mapping), "--silo", "crm"))
    assert (done["used"], done["rejected"]) == (2, {"identities.email: no email": 1})
    (row,) = [line for line in run("rejects").splitlines() if "pas-un-mail" in line]
    assert ["crm", str(done["run_id"]), "2"] == [cell.strip() for cell in row.split("│")[1:4]]
    assert "clients.csv#clients" in run("import", "runs")
    mapping.write_text(mapping.read_text(encoding="utf-8").replace('email = "E-mail"', "").replace('{ column = "Date'
                       ' de naissance", type = "date", format = "%d/%m/%Y" }', '"Date de naissance"'), encoding="utf-8")
    again = json.loads(run("import", "replay", str(done["run_id"]), "--mapping", str(mapping)))
    assert (again["used"], again["rejected"]) == (1, 0)
    assert run("rejects", "crm") == "Nothing was refused.\n"


def test_a_run_that_read_nothing_is_no_silo_of_the_report(run, tmp_path):
    file = tmp_path / "sends.csv"
    file.write_text("email,date\nada@example.org,2026-11-27\n")
    with pytest.raises(FixInput, match="has no such column; it has email, date"):
        run("import", "mailing", str(file))
    assert json.loads(run("import", "report", "--out", str(tmp_path)))["silos"] == 0
