"""Command line of the Fachkräftematrix: `python -m forecast` or `fachkraeftematrix`."""

from __future__ import annotations

import errno
import gc
import os
import socket
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, cast

import typer
import uvicorn
from rich.console import Console
from rich.markup import escape

from forecast.console import ConsoleReport, wrong_call
from forecast.errors import FachkraefteError, InputError, OperationError
from forecast.interrupts import INTERRUPTED, interruptible
from forecast.snapshot import open_snapshot

if TYPE_CHECKING:
    from forecast.inputs import Settings

# What every wrong call is; typer exports only its children.
UsageError = cast("type[Exception]", typer.BadParameter.__mro__[1])

# Commands import what they need themselves: `serve` must neither load nor wait for the training libraries.
app = typer.Typer(
    name="fachkraeftematrix",
    help="Welche Fachkräfte sind auszubilden, in welcher Zahl, in welchem Gewerk, und wie sicher ist das?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

DataOption = Annotated[Path, typer.Option("--data", help="Ordner mit Zahlen, Codelisten und Annahmen.")]
ModelsOption = Annotated[
    Path, typer.Option("--models", help="Ordner für geschätzte Modelle und ihre Karten.")
]
SnapshotsOption = Annotated[Path, typer.Option("--snapshots", help="Ordner der veröffentlichten Stände.")]
AsOfOption = Annotated[str, typer.Option("--as-of", help="Datenstand JJJJ-MM-TT; ohne Angabe der neueste.")]
SeedOption = Annotated[
    int, typer.Option(help="Startwert der Zufallszahlen; gleicher Wert, gleiches Ergebnis.")
]
DrawsOption = Annotated[int, typer.Option(min=50, max=5000, help="Zahl der Ziehungen je Zelle, 50 bis 5000.")]
WorkersOption = Annotated[
    int, typer.Option(min=0, max=64, help="Zahl der Prozesse, 0 = alle Kerne; ändert das Ergebnis nicht.")
]

DATA = Path("data")
SHOWN = 5
MODELS = Path("models")
SNAPSHOTS = Path("data/snapshots")
WORKERS = 0
GC_THRESHOLDS = (100_000, 50, 100)
"""A release holds millions of small objects that all stay: the garbage collector looks less often."""


def _settings(
    data: Path, models: Path, snapshots: Path, as_of: str, seed: int, draws: int, workers: int
) -> Settings:
    processes = _processes(workers)
    from forecast.inputs import Settings

    gc.set_threshold(*GC_THRESHOLDS)
    try:
        day = date.fromisoformat(as_of) if as_of else None
    except ValueError:
        raise InputError(
            f"«{as_of}» ist kein Datum.", where="--as-of", expected="JJJJ-MM-TT, zum Beispiel 2026-07-31",
            remedy="Das Datum in dieser Form angeben oder weglassen.",
        ) from None  # fmt: skip
    return Settings(
        data_root=data, models_root=models, snapshot_root=snapshots, as_of=day, seed=seed, draws=draws,
        workers=processes,
    )  # fmt: skip


def _processes(workers: int) -> int:
    """The number asked for, or all of this machine; they load the libraries while this process does."""
    from forecast.compute import available_workers, begin_imports

    return begin_imports("forecast.pipeline", workers or available_workers())


@app.command()
def run(
    data: DataOption = DATA, models: ModelsOption = MODELS, snapshots: SnapshotsOption = SNAPSHOTS,
    as_of: AsOfOption = "", seed: SeedOption = 1, draws: DrawsOption = 500, workers: WorkersOption = WORKERS,
) -> None:  # fmt: skip
    """Prüfen, schätzen, fortschreiben und veröffentlichen; danach endet der Befehl."""
    settings = _settings(data, models, snapshots, as_of, seed, draws, workers)
    from forecast import pipeline

    report = ConsoleReport()
    inputs = pipeline.load(settings, report)
    fitted = pipeline.train(inputs, settings, report)
    released = pipeline.publish(inputs, fitted, settings, report)
    report.line(f"Stand [bold]{released}[/bold] ist veröffentlicht.")


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="CSV in unserer Form; Spalten siehe Handbuch.")],
    publisher: Annotated[str, typer.Option(help="Herausgeber.")],
    title: Annotated[str, typer.Option(help="Titel der Veröffentlichung.")],
    edition: Annotated[str, typer.Option(help="Ausgabe, zum Beispiel lehrlingsrolle-2026.")],
    published: Annotated[str, typer.Option(help="Tag der Veröffentlichung, JJJJ-MM-TT, JJJJ-MM oder JJJJ.")],
    retrieved: Annotated[str, typer.Option(help="Tag, an dem die Datei geholt wurde, JJJJ-MM-TT.")],
    url: Annotated[str, typer.Option(help="Adresse oder Fundstelle.")],
    licence: Annotated[str, typer.Option(help="Bedingungen der Nutzung.")],
    attribution: Annotated[str, typer.Option(help="Quellenvermerk, wie er gezeigt werden soll.")],
    data: DataOption = DATA,
) -> None:
    """Eigene Zahlen übernehmen: jede Zeile prüfen, dann ablegen; bei einem Fehler ändert sich nichts."""
    from forecast.intake import take_over

    meta = {
        "publisher": publisher, "title": title, "edition": edition, "published": published,
        "retrieved": retrieved, "url": url, "licence": licence, "attribution": attribution,
    }  # fmt: skip
    report = ConsoleReport()
    with report.step("Übernehmen") as step:
        target, figures = take_over(file, meta, data)
        step.done(f"{figures} Zahlen → {target}")


@app.command()
def check(data: DataOption = DATA, as_of: AsOfOption = "") -> None:
    """Codelisten, Annahmen und Zahlen prüfen; schreibt nichts."""
    from forecast import pipeline

    report = ConsoleReport()
    pipeline.load(_settings(data, MODELS, SNAPSHOTS, as_of, 1, 500, 1), report)
    report.line("Alle Daten sind in Ordnung.")


@app.command()
def train(
    data: DataOption = DATA, models: ModelsOption = MODELS, as_of: AsOfOption = "", seed: SeedOption = 1,
    draws: DrawsOption = 500, workers: WorkersOption = WORKERS,
) -> None:  # fmt: skip
    """Modelle schätzen, rückblickend prüfen und mit Karte unter models/ ablegen."""
    from forecast import pipeline

    report = ConsoleReport()
    settings = _settings(data, models, SNAPSHOTS, as_of, seed, draws, workers)
    inputs = pipeline.load(settings, report)
    pipeline.ask_past_years(pipeline.train(inputs, settings, report), inputs, settings, report)


@app.command()
def backtest(
    data: DataOption = DATA, models: ModelsOption = MODELS, as_of: AsOfOption = "", seed: SeedOption = 1,
    workers: WorkersOption = WORKERS,
    input_path: Annotated[Path | None, typer.Option("--input", help="Eigene Tabelle.")] = None,
    output_path: Annotated[Path | None, typer.Option("--output", help="Ordner für den Bericht.")] = None,
    horizon: Annotated[int, typer.Option(help="Jahre voraus bei eigener Tabelle.")] = 5,
) -> None:  # fmt: skip
    """Rückblickend prüfen: was hätten wir damals gesagt, und was kam? Immer neben einfachen Verfahren."""
    report = ConsoleReport()
    if (input_path is None) != (output_path is None):
        raise InputError(
            "Für eine eigene Tabelle fehlt eine der beiden Angaben.",
            where="--input und --output",
            expected="beide oder keine",
            remedy="Tabelle und Ordner für den Bericht angeben.",
        )
    if input_path is not None and output_path is not None:
        from forecast.backtest import backtest_file

        with report.step("Rückblickend prüfen") as step:
            result = backtest_file(
                input_path,
                output_path,
                horizon,
                seed=seed,
                workers=_processes(workers),
                on_progress=step.reached,
            )
            step.done(f"{sum(result.series.values())} Reihen")
        folder = output_path
    else:
        from forecast import pipeline

        settings = _settings(data, models, SNAPSHOTS, as_of, seed, 500, workers)
        folder = pipeline.evaluate(pipeline.load(settings, report), settings, report)
    report.line(escape(f"Bericht: {folder / 'report.html'}  Karte: {folder / 'CARD.md'}"))


@app.command()
def publish(
    data: DataOption = DATA, models: ModelsOption = MODELS, snapshots: SnapshotsOption = SNAPSHOTS,
    as_of: AsOfOption = "", seed: SeedOption = 1, draws: DrawsOption = 500, workers: WorkersOption = WORKERS,
    to: Annotated[
        str, typer.Option(help="postgresql://…: nur den geltenden Stand in diese Datenbank schreiben.")
    ] = "",
) -> None:  # fmt: skip
    """Aus den abgelegten Modellen einen Stand fortschreiben und veröffentlichen."""
    report = ConsoleReport()
    if to:
        from forecast.star_schema import load

        current = open_snapshot(snapshots)
        with report.step("In die Datenbank schreiben") as step:
            step.done(f"{load(current, to)} Zellen, Stand {current.id}")
        return
    from forecast import pipeline

    settings = _settings(data, models, snapshots, as_of, seed, draws, workers)
    inputs = pipeline.load(settings, report)
    released = pipeline.publish(inputs, pipeline.load_fitted(inputs, settings, report), settings, report)
    report.line(f"Stand [bold]{released}[/bold] ist veröffentlicht.")


@app.command("report")
def report_(
    model: Annotated[
        bool, typer.Option("--model", help="Das Modell an Veröffentlichtem und an früheren Jahren messen.")
    ] = False,
    data: DataOption = DATA, models: ModelsOption = MODELS, as_of: AsOfOption = "", seed: SeedOption = 1,
    draws: DrawsOption = 500, workers: WorkersOption = WORKERS,
) -> None:  # fmt: skip
    """Den Modellbericht schreiben: Wo trifft das Modell, wo verfehlt es, und warum?"""
    if not model:
        raise InputError(
            "Welcher Bericht?", where="report", expected="--model", remedy="forecast report --model aufrufen."
        )
    from forecast import pipeline
    from forecast.model_report import make_model_report, write_model_report

    report = ConsoleReport()
    settings = _settings(data, models, SNAPSHOTS, as_of, seed, draws, workers)
    inputs = pipeline.load(settings, report)
    with report.step("Modell messen") as step:
        made = make_model_report(inputs, settings, step.reached)
        met = sum(item.verdict.inside for item in made.checked)
        step.done(
            f"{met} von {len(made.checked)} veröffentlichten Zahlen getroffen, "
            f"{len(made.cast.borrowed)} Ursprungsjahre zurückgerechnet"
        )
        for item in made.checked:
            if not item.verdict.inside:
                step.warn(f"verfehlt: {item.fact.name_de}")
        for year, why in made.cast.refused:
            step.warn(f"{year}: {why.splitlines()[0]}")
    folder = write_model_report(made, models)
    report.line(escape(f"Bericht: {folder / 'report.html'}  Zahlen: {folder / 'checks.yaml'}"))


@app.command()
def predict(
    input_path: Annotated[Path, typer.Option("--input", help="series_id,year,value oder GENESIS-Flat.")],
    output_path: Annotated[Path, typer.Option("--output", help="Zieldatei, .csv oder .parquet.")],
    horizon: Annotated[int, typer.Option(help="Jahre voraus, 1 bis 15.")] = 5,
    workers: Annotated[int, typer.Option(min=0, max=64, help="Zahl der Arbeitsstränge; 0 = alle Kerne.")] = 0,
    resume: Annotated[bool, typer.Option(help="Einen abgebrochenen Lauf fortsetzen.")] = True,
    ceiling: Annotated[
        float | None, typer.Option(help="Größter möglicher Wert, z. B. 1 oder 100 bei Anteilen.")
    ] = None,
) -> None:
    """Eine beliebige Tabelle jährlicher Reihen vorausschätzen, jede ab ihrem eigenen letzten Jahr."""
    from forecast.predict import predict_file

    report = ConsoleReport()
    with report.step("Vorausschätzen") as step:
        result = predict_file(
            input_path,
            output_path,
            horizon,
            workers=workers or None,
            resume=resume,
            ceiling=ceiling,
            on_progress=step.reached,
        )
        step.done(f"{result.forecast} von {result.series} Reihen, {horizon} Jahre → {output_path}")
        for remark in result.remarks():
            step.warn(remark)
        for key, reason in (*result.refused, *result.noted)[:SHOWN]:
            step.warn(f"{key}: {reason}")
        if result.failed + result.short + result.flagged:
            counts = (
                f"{result.failed} ohne Zahlen, {result.short} unter Vorbehalt, {result.flagged} mit Hinweis"
            )
            step.warn(f"{counts}; alle stehen in {result.report}")
        for folder in result.leftovers:
            step.warn(f"Ordner {folder} stammt von einem anderen abgebrochenen Lauf und kann gelöscht werden")


@app.command()
def scenario(
    file: Annotated[str, typer.Argument(help="YAML-Datei oder Name eines mitgelieferten Szenarios.")],
    region: Annotated[str, typer.Option(help="Region, zum Beispiel HWK-FF.")] = "HWK-FF",
    trade: Annotated[str, typer.Option(help="Gewerk, zum Beispiel A-24; ohne Angabe alle.")] = "",
    year: Annotated[int, typer.Option(help="Jahr, das gezeigt wird.")] = 2030,
    output_path: Annotated[
        Path | None, typer.Option("--output", help="Zieldatei .csv mit allen Jahren und Größen.")
    ] = None,
    data: DataOption = DATA, snapshots: SnapshotsOption = SNAPSHOTS,
) -> None:  # fmt: skip
    """Was wäre, wenn? Basis und Szenario nebeneinander, mit den Beiträgen der Hebel zur Lücke."""
    from forecast.scenario_report import print_answer

    print_answer(file, region, trade, year, output_path, data, open_snapshot(snapshots), ConsoleReport())


@app.command()
def difference(
    before: Annotated[str, typer.Argument(help="Älterer Stand: Kennung oder ihr Anfang.")],
    after: Annotated[str, typer.Argument(help="Neuerer Stand; ohne Angabe der geltende.")] = "",
    region: Annotated[str, typer.Option(help="Region, zum Beispiel HWK-FF.")] = "HWK-FF",
    trade: Annotated[str, typer.Option(help="Gewerk, zum Beispiel A-24; ohne Angabe alle.")] = "",
    year: Annotated[int, typer.Option(help="Jahr, das verglichen wird.")] = 2030,
    snapshots: SnapshotsOption = SNAPSHOTS,
) -> None:
    """Warum weicht ein Stand vom früheren ab? Die Änderung der Lücke nach Posten und nach Bestandteilen."""
    from forecast.difference_report import print_difference

    print_difference(snapshots, before, after, region, trade, year, ConsoleReport())


@app.command()
def serve(
    snapshots: SnapshotsOption = SNAPSHOTS,
    host: Annotated[str, typer.Option(help="Adresse, an der der Dienst hört.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port, eine ganze Zahl von 1 bis 65535.")
    ] = 8000,
) -> None:
    """Den veröffentlichten Stand als Seite und als JSON anbieten."""
    report = ConsoleReport()
    snapshot = open_snapshot(snapshots)
    _require_free_port(host, port)
    os.environ["FACHKRAEFTEMATRIX_SNAPSHOTS"] = str(snapshots.resolve())
    report.line(f"Stand {snapshot.id}  →  [bold]http://{host}:{port}/[/bold]   (beenden mit Strg+C)")
    uvicorn.run(
        "api.app:create_app", factory=True, host=host, port=port, http="api.express:Express", ws="none",
        access_log=False, server_header=False, log_level="warning", timeout_graceful_shutdown=5,
    )  # fmt: skip


def _require_free_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            taken = error.errno == errno.EADDRINUSE
            reason = "ist schon belegt" if taken else f"ist nicht nutzbar ({error.strerror})"
            busy = error.errno in (errno.EADDRINUSE, errno.EACCES)
            raise OperationError(
                f"Port {port} {reason}." if busy else f"Die Adresse {host} ist nicht nutzbar.",
                where=f"{host}:{port}",
                expected="ein freier Port" if busy else "eine Adresse dieses Rechners",
                remedy=f"Anderen Port wählen, zum Beispiel: make run PORT={port + 1}"
                if busy else "--host weglassen oder 127.0.0.1 angeben.",
            ) from error  # fmt: skip


@interruptible()
def main() -> None:
    """Run the command line; every expected error becomes a message and an exit code, never a traceback."""
    try:
        code = app(standalone_mode=False) or 0
        if code == INTERRUPTED:  # typer has caught Ctrl+C
            raise KeyboardInterrupt
        sys.exit(code)
    except FachkraefteError as error:
        _fail(error)
    except UsageError as error:
        if not str(error):  # called without a command: the overview has been printed
            sys.exit(InputError.exit_code)
        _fail(wrong_call(error))
    except (typer.Abort, KeyboardInterrupt):
        Console(stderr=True).print("Abgebrochen.")
        sys.exit(INTERRUPTED)
    finally:
        if "forecast.compute" in sys.modules:
            sys.modules["forecast.compute"].stop_begun()


def _fail(error: FachkraefteError) -> NoReturn:
    """Print a message, whatever brackets stand in a file name, and end with its number."""
    Console(stderr=True, highlight=False).print(
        f"[bold red]Fehler:[/bold red] {escape(str(error))}", soft_wrap=True, markup=True
    )
    sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
