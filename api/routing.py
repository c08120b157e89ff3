"""All routes that serve a release, in the order in which they are tried: the hot ones first."""

from __future__ import annotations

from fastapi import APIRouter

from api.delivery import Deliverer
from api.pinned import Releases
from api.routes import (
    catalogue,
    connections,
    documents,
    explain,
    matrix,
    observations,
    open_data,
    scenarios,
    snapshots,
    tables,
)
from api.service import Service
from api.what_ifs import WhatIfs


def data_routers(service: Service, releases: Releases, what_ifs: WhatIfs) -> list[APIRouter]:
    """Return the routes over the release in force, then those over kept releases."""
    deliverer = Deliverer(service)
    return [
        matrix.router(releases, deliverer),
        explain.router(service, releases),
        observations.router(service, releases, deliverer),
        tables.router(service, releases, deliverer),
        documents.router(service, releases, deliverer),
        snapshots.router(service, releases, deliverer),
        open_data.router(service, releases),
        connections.router(service),
        scenarios.router(service, releases, what_ifs),
        catalogue.router(service, releases),
        matrix.router(releases, deliverer, pinned=True),
        explain.router(service, releases, pinned=True),
        observations.router(service, releases, deliverer, pinned=True),
        documents.router(service, releases, deliverer, pinned=True),
        tables.router(service, releases, deliverer, pinned=True),
        open_data.router(service, releases, pinned=True),
        scenarios.results_router(releases, what_ifs, pinned=True),
        catalogue.router(service, releases, pinned=True),
    ]
