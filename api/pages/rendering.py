"""Templates with their catalogues: one Jinja environment per language, built once when the service starts."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.language import LANGUAGES, Lang
from api.pages.assets import Assets
from api.pages.drawn import Drawn
from api.pages.hyphens import breakable
from api.pages.library import Library
from api.pages.navigation import navigation
from api.pages.texts import Translations, load_all
from api.pages.versions import Versions, in_language, versions
from api.pages.wording import Wording

TEMPLATES: Final = Path(__file__).parent / "templates"
NAMES: Final[Mapping[Lang, str]] = {"de": "Deutsch", "en": "English"}


class Pages:
    """Everything a page needs besides its numbers."""

    def __init__(self) -> None:
        self.assets = Assets()
        self.library = Library()
        self.known: Collection[str] = ()
        self.texts: dict[Lang, Translations] = load_all()
        self.wording = {lang: Wording(texts) for lang, texts in self.texts.items()}
        self._environments = {lang: self._environment(lang) for lang in LANGUAGES}

    def _environment(self, lang: Lang) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        environment.install_gettext_translations(self.texts[lang], newstyle=True)  # type: ignore[attr-defined]
        environment.globals["assets"] = self.assets
        environment.globals["drawn"] = Drawn(self.texts[lang])
        environment.globals["library"] = self.library
        environment.filters["breakable"] = breakable
        return environment

    async def prepare(self) -> None:
        """Compile every template, one by one, so that no reader waits for it and requests get in between."""
        for name in sorted(path.name for path in TEMPLATES.iterdir()):
            for environment in self._environments.values():
                await asyncio.to_thread(environment.get_template, name)

    def render(self, template: str, lang: Lang, address: str, context: Mapping[str, Any]) -> bytes:
        """Return a page as UTF-8.

        Args:
            template: File name below templates/.
            lang: Language of the page.
            address: Path and query of the page in the other language.
            context: What the template names.
        """
        other: Lang = "en" if lang == "de" else "de"
        shown = {"standing": None, "navigation": navigation(self.known, lang, context), **context}
        # a page without standing, an error for example, has no versions
        page = versions(in_language(address, lang)) if shown["standing"] else Versions()
        return (
            self._environments[lang]
            .get_template(template)
            .render(
                lang=lang,
                page=page,
                home="/" if lang == "de" else "/?lang=en",
                other_language={"lang": other, "name": NAMES[other], "href": address},
                **shown,
            )
            .encode()
        )
