"""The search finds trades under every name and code, forgives spelling, and says what it does not know."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.app import create_app
from api.pages.search_index import Target, distance, fold, search
from api.pages.search_view import former_names, targets
from api.release import Release
from api.service import Settings
from forecast.snapshot import open_snapshot, write_snapshot
from tests.api.conftest import Client
from tests.api.page_reader import read_page
from tests.toy_snapshot import toy_content

NOTE = (
    "Vorgänger: Gas- und Wasserinstallateur/-in (bis 2003); Zentralheizungs- und Lüftungsbauer/-in (bis 2003)"
    "; Ausbildungsordnung vom 2016-04-28"
)

NUMBERS = [{"number": "34212-112", "scheme": "ba"}, {"number": "34212010", "scheme": "statistics"}]


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A release with a former name and a district below a chamber."""
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    catalogue["trades"] = [
        trade
        | {
            "training_occupations": [
                occupation | ({"note": NOTE, "numbers": NUMBERS} if occupation["code"] == "AO-shk" else {})
                for occupation in trade["training_occupations"]
            ]
        }
        for trade in catalogue["trades"]
    ]
    like = catalogue["regions"][0]
    kreis = {"code": "12067", "name_de": "Oder-Spree", "name_en": "Oder-Spree", "level": "kreis",
             "parents": ["HWK-FF", "BB"], "official_key": "12067"}  # fmt: skip
    catalogue["regions"] = [*catalogue["regions"], like | kreis]
    root = tmp_path_factory.mktemp("search")
    write_snapshot(root, replace(content, documents=dict(content.documents) | {"catalogue": catalogue}))
    return root


@pytest.fixture(scope="module")
def service(root):
    """The service over that release."""
    return Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))


@pytest.fixture
def ask(service):
    """Ask the page; the lines of its results as title and what they are."""

    def found(text: str, lang: str = "de") -> list[tuple[str, str]]:
        answer = service.request("GET", "/suche", params={"q": text, "lang": lang})
        assert answer.status_code == 200
        lists = read_page(answer.text).all("ul", kind="found")
        return [(item.one("a").text, item.one("p").text) for one in lists for item in one.all("li")]

    return found


@pytest.mark.parametrize(
    "text",
    [
        "Installateur", "installateur und heizungsbauer", "INSTALLATEUR", "Instalateur", "Heizungsbauer",
        "A-24", "a24", "A 24", "HwO 24", "hwo a-24", "24", "Anlagenmechaniker", "Anlagenmechanikerin",
        "AO-shk", "shk", "Gas- und Wasserinstallateur", "wasserinstallateur",
        "Luftungsbauer", "Lueftungsbauer", "342", "KldB 342", "KldB-34212", "34212", "Plumbers",
        "34212010", "34212-112",
    ],
)  # fmt: skip
def test_a_trade_is_found_under_every_name_and_code(ask, text: str) -> None:
    found = ask(text)
    assert found
    title, about = found[0]
    assert title == "Installateur und Heizungsbauer" or "Installateur und Heizungsbauer (A-24)" in about


def test_a_former_name_says_what_it_is_now(ask) -> None:
    assert ask("Gas- und Wasserinstallateur")[0] == (
        "Gas- und Wasserinstallateur/-in (bis 2003)",
        "frühere Bezeichnung → Installateur und Heizungsbauer (A-24)",
    )


@pytest.mark.parametrize("text", ["Oder-Spree", "oder spree", "12067", "Spree", "Oder-Sprea"])
def test_a_district_leads_to_its_chamber(ask, service, text: str) -> None:
    (line,) = ask(text)
    assert line == ("Oder-Spree", "Region → Kammerbezirk Frankfurt (Oder) · Brandenburg")
    page = read_page(service.get("/suche?q=12067").text)
    href = page.one("ul", kind="found").one("a").get("href")
    assert "region=HWK-FF" in href  # the district itself has no figures
    assert service.get(href).status_code == 200


def test_a_post_code_is_answered_honestly(ask, service) -> None:
    page = read_page(service.get("/suche?q=15230").text)
    assert page.one("p", kind="hint").text.startswith("Postleitzahlen kennt dieser Stand nicht.")
    assert ask("15230") == [("Oder-Spree", "Region → Kammerbezirk Frankfurt (Oder) · Brandenburg")]


POST_CODES = {
    "12067": [
        {"code": "15236", "districts": ["12067", "12053"], "outside": [], "source": "geo"},
        {"code": "12529", "districts": ["12067"], "outside": ["BE"], "source": "geo"},
        {"code": "14778", "districts": ["12054", "12067"], "outside": [], "source": "geo"},
    ],
    "12053": [{"code": "15230", "districts": ["12053"], "outside": [], "source": "geo"}],
}


@pytest.fixture(scope="module")
def placed(tmp_path_factory):
    """The service over a release that knows four post codes."""
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    like = catalogue["regions"][0] | {"official_key": "", "nuts": ""}
    catalogue["regions"] = [
        *catalogue["regions"],
        like | {"code": "12067", "name_de": "Oder-Spree", "name_en": "Oder-Spree", "level": "kreis",
                "parents": ["HWK-FF", "BB"], "official_key": "12067", "post_codes": POST_CODES["12067"]},
        like | {"code": "12053", "name_de": "Frankfurt (Oder)", "name_en": "Frankfurt (Oder)",
                "level": "kreis", "parents": ["HWK-FF", "BB"], "official_key": "12053",
                "post_codes": POST_CODES["12053"]},
        like | {"code": "12054", "name_de": "Potsdam", "name_en": "Potsdam", "level": "kreis",
                "parents": ["HWK-P", "BB"]},
        like | {"code": "HWK-P", "name_de": "Kammerbezirk Potsdam", "name_en": "Chamber district of Potsdam",
                "level": "chamber_district", "parents": ["BB"]},
        like | {"code": "BE", "name_de": "Berlin", "name_en": "Berlin", "level": "land", "parents": ["DE"]},
    ]  # fmt: skip
    catalogue["sources"] = [
        *catalogue["sources"],
        catalogue["sources"][0] | {"id": "geo", "attribution": "Quelle: Ortsliste, CC BY 4.0"},
    ]
    root = tmp_path_factory.mktemp("placed")
    write_snapshot(root, replace(content, documents=dict(content.documents) | {"catalogue": catalogue}))
    return Client(create_app(Settings(root, refresh_seconds=0, requests_per_minute=0)))


@pytest.mark.parametrize("typed", ["15230", "D-15230", "15230 Frankfurt (Oder)", " 15230,  Frankfurt "])
def test_a_post_code_leads_to_its_chamber_and_district(placed, typed: str) -> None:
    page = read_page(placed.request("GET", "/suche", params={"q": typed}).text)
    said = page.one("section").text
    assert "Die Postleitzahl 15230 liegt im Kreis Frankfurt (Oder)." in said
    assert "Zuständig: Kammerbezirk Frankfurt (Oder)." in said
    assert "Quelle: Ortsliste, CC BY 4.0. Gezählt sind Orte, nicht Anschriften." in said
    lines = page.one("ul", kind="found").all("li")
    assert [line.one("span", kind="code").text for line in lines] == ["HWK-FF", "12053"]
    assert "region=HWK-FF" in lines[0].one("a").get("href")


def test_a_post_code_in_several_districts_names_them_all(placed) -> None:
    one = read_page(placed.get("/suche?q=15236&lang=en").text).one("section").text
    assert "lies in several districts: Oder-Spree · Frankfurt (Oder). The first one has most" in one
    assert "Responsible in each of them: Chamber district Frankfurt (Oder)." in one
    two = read_page(placed.get("/suche?q=14778").text).one("section").text
    assert "ergibt sich aus dem Kreis: Kammerbezirk Potsdam · Kammerbezirk Frankfurt (Oder)." in two


def test_a_post_code_that_crosses_the_border_says_so(placed) -> None:
    said = read_page(placed.get("/suche?q=12529").text).one("section").text
    assert "Ein Teil liegt in Berlin; dort ist eine andere Kammer zuständig." in said


def test_a_post_code_outside_says_so_and_what_to_do(placed) -> None:
    page = read_page(placed.get("/suche?q=80331").text)
    hint = page.all("p", kind="hint")[0].text
    assert hint.startswith("Die Postleitzahl 80331 gehört nicht zu den 4 von Brandenburg, die dieser Stand")
    assert "Geben Sie stattdessen den Namen des Kreises ein" in hint
    assert len(page.one("ul", kind="found").all("li")) == 3


def test_five_digits_that_are_a_key_are_not_taken_for_a_post_code(placed) -> None:
    page = read_page(placed.get("/suche?q=12067").text)
    assert page.one("p", kind="hint").text == (
        "Gefunden als amtlicher Schlüssel eines Kreises, nicht als Postleitzahl."
    )
    assert read_page(placed.get("/suche?q=34212").text).one("ul", kind="found")


def test_nothing_found_says_what_to_try(service) -> None:
    page = read_page(service.get("/suche?q=qqqqqq&lang=en").text)
    assert page.one("p", kind="hint").text.startswith("Nothing found.")
    assert not page.all("ul", kind="found")


def test_terms_and_pages_are_found(ask) -> None:
    assert ask("Güte")[0] == ("Wie gut sind wir?", "Seite")
    assert ("Lücke", "Begriff") in ask("Lücke")
    assert ("Neuabschlüsse", "Begriff") in ask("new_contracts")
    assert "Handbook for planners" in dict(ask("planners", "en"))


def test_what_is_typed_cannot_become_markup(service) -> None:
    nasty = "\"><script>alert('x')</script>"
    answer = service.request("GET", "/suche", params={"q": nasty})
    assert "<script>" not in answer.text
    assert len(read_page(answer.text).all("script")) == 1, "ours"
    assert read_page(answer.text).one("input", name="q").get("value") == nasty


@pytest.mark.parametrize("query", ["q=" + "a" * 81, "q=a&q=b", "q=a&seite=2", "q=%FF", "lang=fr&q=a"])
def test_wrong_questions_are_refused_as_pages(service, query: str) -> None:
    answer = service.get(f"/suche?{query}")
    assert answer.status_code == 422
    assert read_page(answer.text).one("h1").text == "Ungültige Anfrage"


def test_the_form_keeps_what_was_typed_and_the_language(service) -> None:
    page = read_page(service.get("/suche?q=M%C3%BCller+%26+Sohn&lang=en").text)
    form = page.one("form")
    assert (form.get("method"), form.get("action"), form.get("role")) == ("get", "/suche", "search")
    assert form.one("input", name="q").get("value") == "Müller & Sohn"
    assert form.one("input", name="lang").get("value") == "en"
    other = page.one("a", hreflang="de").get("href")
    assert read_page(service.get(other).text).one("input", name="q").get("value") == "Müller & Sohn"


def test_an_empty_search_shows_only_the_form(service) -> None:
    for address in ("/suche", "/suche?q=", "/suche?q=+"):
        page = read_page(service.get(address).text)
        assert page.one("form")
        assert not page.all("h2")


def test_every_result_leads_to_a_page(service) -> None:
    for text in ("Metall", "Brandenburg", "Elektro", "Matrix", "Begriff"):
        page = read_page(service.request("GET", "/suche", params={"q": text}).text)
        for link in page.one("main").all("a"):
            assert service.get(link.get("href").partition("#")[0]).status_code == 200, link.get("href")


def test_the_index_holds_every_code_of_the_release(root) -> None:
    release = Release(open_snapshot(root))
    index = list(targets(release))
    for code in (*release.entries["trades"], *release.entries["regions"]):
        assert code in {hit.target.code for hit in search(index, code)}, code


def test_former_names_leave_remarks_out() -> None:
    assert former_names(NOTE) == [
        "Gas- und Wasserinstallateur/-in (bis 2003)", "Zentralheizungs- und Lüftungsbauer/-in (bis 2003)",
    ]  # fmt: skip
    assert former_names("Vorgänger: keiner (neuer Beruf 2021); Ausbildungsordnung vom 2021-03-30") == []
    assert former_names("") == []


@given(st.text(max_size=12), st.text(max_size=12))
def test_distance_is_symmetric_and_zero_only_for_equal_words(one: str, other: str) -> None:
    most = 12
    assert distance(one, other, most) == distance(other, one, most)
    assert (distance(one, other, most) == 0) == (one == other)
    assert distance(one, other, most) <= max(len(one), len(other))


@given(st.text(alphabet="aäoöuüsßbe", max_size=12))
def test_umlauts_may_be_written_in_three_ways(text: str) -> None:
    two = text.translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})
    bare = text.translate({ord("ä"): "a", ord("ö"): "o", ord("ü"): "u", ord("ß"): "ss"})
    assert fold(text.upper()) == fold(text)
    assert fold(two) == fold(text) or "e" in text
    assert fold(bare) == fold(text) or "e" in text


@given(st.text(max_size=40))
def test_no_text_breaks_the_search(text: str) -> None:
    for hit in search(_INDEX, text):
        assert 0 < hit.score <= 1


_TRADES = {"A-27": {"name_de": "Tischler", "hwo_number": "27"}}
_INDEX = list(targets(type("Catalogue", (), {"entries": {"trades": _TRADES, "regions": {}}})()))


def test_a_trade_is_found_under_what_people_call_it(tmp_path) -> None:
    content = toy_content()
    catalogue = dict(content.documents["catalogue"])
    said = {"use": "regional", "kind": "memory", "source": "gedaechtnis"}
    names = {
        "A-27": [{"name": "Schreiner", "note": "Süddeutschland", **said}],
        "A-25": [
            {"name": "Elektriker", "note": "", **said},
            {"name": "Elektroinstallateur", "note": "", **said},
        ],
    }
    names["A-25"][1]["use"] = "former"
    catalogue["trades"] = [
        trade | {"other_names": names.get(trade["code"], [])} for trade in catalogue["trades"]
    ]
    write_snapshot(tmp_path, replace(content, documents=dict(content.documents) | {"catalogue": catalogue}))
    client = Client(create_app(Settings(tmp_path, refresh_seconds=0, requests_per_minute=0)))

    def ask(text: str) -> tuple[str, str]:
        page = read_page(client.request("GET", "/suche", params={"q": text}).text)
        first = page.one("ul", kind="found").all("li")[0]
        return first.one("a").text, first.one("p").text

    for typed in ("Schreiner", "schreinerin", "Schriener"):
        assert ask(typed) == ("Schreiner", "auch so genannt → Tischler (A-27); Süddeutschland")
    assert ask("Elektriker") == ("Elektriker", "auch so genannt → Elektrotechniker (A-25)")
    assert ask("Elektroinstalateur")[1] == "frühere Bezeichnung → Elektrotechniker (A-25)"


def test_a_whole_name_counts_more_than_a_part_and_blanks_do_not_matter() -> None:
    index = [
        Target.of("former", "A-20", "Kfz-Elektriker", "A-20"),
        Target.of("name", "A-25", "Elektriker", "A-25"),
        Target.of("region", "12067", "Oder-Spree", "12067"),
    ]
    assert [hit.target.code for hit in search(index, "Elektriker")] == ["A-25", "A-20"]
    assert [hit.target.code for hit in search(index, "oderspree")] == ["12067"]
