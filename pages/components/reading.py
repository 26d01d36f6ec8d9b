"""Keeps how far a reader is on the device."""

from pages.components.assets import component

_READING = component("reading_progress", __file__, "<span></span>")


def reading(progress: str | None) -> str | None:
    """Show nothing; return what the browser kept from earlier visits, once for each session.

    Args:
        progress: what the browser keeps from now on; None while it is to say what it has.

    Returns:
        The text, "" where there was none; None while the browser has not said or has said it.
    """
    result = _READING(
        key="reading_progress",
        data={"progress": progress},
        on_kept_change=lambda: None,
    )
    stored = result.kept
    return stored if isinstance(stored, str) else None
