"""Shows another page, or another part of one, from its top."""

from pages.components.assets import component

_TOP = component("page_top", __file__, "<span></span>")


def show_from_top(place: str, key: str = "page_top", *, page: bool = False) -> None:
    """Scroll up whenever the place is another one than in the run before.

    Args:
        place: what is shown.
        key: of the component; a page with parts of its own has its own.
        page: whether the place is a page's path; then the bar of a phone shows its link.
    """
    _TOP(key=key, data={"place": place, "page": page})
