"""Templates with their catalogues: one Jinja environment per language, built once when the service starts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.language import LANGUAGES, Lang
from api.pages.assets import Assets
from api.pages.navigation import navigation
from api.pages.texts import Translations, load_all
from api.pages.wording import Wording

TEMPLATES: Final = Path(__file__).parent / "templates"
NAMES: Final[Mapping[Lang, str]] = {"de": "Deutsch", "en": "English"}


class Pages:
    """Everything a page needs besides its numbers."""

    def __init__(self) -> None:
        self.assets = Assets()
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
        return environment

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
        return (
            self._environments[lang]
            .get_template(template)
            .render(
                lang=lang,
                home="/" if lang == "de" else "/?lang=en",
                other_language={"lang": other, "name": NAMES[other], "href": address},
                **shown,
            )
            .encode()
        )
