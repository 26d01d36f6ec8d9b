"""The switch of languages in the app's bar; the browser keeps what was chosen."""

from collections.abc import Callable, Mapping

from pages.components.assets import component

COOKIE = "digit_lab_language"
_SWITCH = component(
    "language", __file__, '<select class="language"></select>', isolate_styles=False
)


def language_switch(
    languages: Mapping[str, str], language: str, label: str, on_chosen: Callable[[str], None]
) -> None:
    """Show the languages.

    Args:
        languages: code -> the language's own name.
        language: code of the page's language.
        label: what the switch is for, in that language.
        on_chosen: gets the code of the language that was chosen just now.
    """
    result = _SWITCH(
        key="language_choice",
        data={"languages": dict(languages), "language": language, "label": label, "cookie": COOKIE},
        on_chosen_change=lambda: None,
    )
    if result.chosen in languages and result.chosen != language:
        on_chosen(result.chosen)
