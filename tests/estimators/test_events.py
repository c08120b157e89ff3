"""Which dated events concern which published series, and that the forecast of a release says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecast.domain.provenance import Event
from forecast.estimators.events import known_events
from forecast.estimators.protocol import KnownEvent
from forecast.sources.definitions import Definitions, read_definitions

BREAK = Event(
    id="x", name_de="x", name_en="x", date=date(2015, 6, 30), kind="reclassification", trades=("KldB-251",),
    regions=("BB",), years=(2015, None), treatment="x", description="x", source="x",
    indicators=("employees",),
)  # fmt: skip


@pytest.fixture(scope="module")
def definitions(data_root: Path) -> Definitions:
    return read_definitions(data_root)


def found(definitions: Definitions, event: Event, **changed: object) -> tuple[KnownEvent, ...]:
    asked = {"indicator": "employees", "trade": "KldB-251", "region": "HWK-FF", "day": None} | changed
    return known_events([event], definitions.codes, **asked)  # type: ignore[arg-type]


def test_an_event_concerns_its_indicator_trade_region_and_what_lies_in_it(definitions: Definitions) -> None:
    moved = (KnownEvent(2015, "definition_change"),)
    for region in ("BB", "HWK-FF", "12067"):
        assert found(definitions, BREAK, region=region) == moved
    assert found(definitions, BREAK, region="DE") == ()
    assert found(definitions, BREAK, indicator="vacancies_avg") == ()
    assert found(definitions, BREAK, trade="KldB-252") == ()
    assert found(definitions, replace(BREAK, trades=("*",)), trade="KldB-252") == moved
    assert found(definitions, replace(BREAK, indicators=())) == ()


def test_an_event_is_known_from_its_day_on(definitions: Definitions) -> None:
    assert found(definitions, BREAK, day=date(2015, 6, 29)) == ()
    assert found(definitions, BREAK, day=date(2015, 6, 30)) == (KnownEvent(2015, "definition_change"),)


def test_a_pulse_concerns_each_of_its_years(definitions: Definitions) -> None:
    pulse = replace(BREAK, kind="pulse", years=(2015, 2016))
    assert found(definitions, pulse) == (KnownEvent(2015, "pulse"), KnownEvent(2016, "pulse"))
    assert found(definitions, replace(pulse, years=(2015, None))) == (KnownEvent(2015, "pulse"),)


def test_bundled_events_begin_new_levels_and_leave_2020_alone(definitions: Definitions) -> None:
    events, codes = definitions.events, definitions.codes
    contracts = known_events(events, codes, "new_contracts", "A-24", "BB")
    assert contracts == (KnownEvent(2007, "definition_change"), KnownEvent(2021, "definition_change"))
    assert known_events(events, codes, "apprentices", "A-24", "BB") == ()
    assert known_events(events, codes, "employees", "KldB-242", "HWK-FF") == (
        KnownEvent(2015, "definition_change"),
    )
    assert known_events(events, codes, "employees", "KldB-342", "BB") == ()
