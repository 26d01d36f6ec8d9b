"""A network to take along: its files, a program for each, and its model card."""

import streamlit as st

from mnist_core import ModelError, StoredModel
from mnist_core.i18n import _
from mnist_core.inside.layer_costs import format_bytes
from mnist_core.models.export_formats import FORMATS, ExportFormat, export_file_name
from mnist_core.models.exports import CHECKED_IMAGES, make_export, stored_export
from mnist_core.models.html_page import html_file_name, html_page
from mnist_core.models.litert import TOLERANCE
from mnist_core.models.model_card import model_card
from mnist_core.models.snippets import snippet, snippet_file_name
from pages.shared import state
from pages.shared.code import program_downloads, show_command
from pages.shared.following import followed, question
from pages.shared.text import as_message


def take_along(model: StoredModel) -> None:
    """The choice of a form, its file when it is asked for, its program, and the model card."""
    st.markdown(
        _(
            "The network as a file, for your own programs. Each file is **checked** before you get "
            "it: on {count:,} test images, no probability may differ from the network's by more "
            "than {tolerance:g}.",
            count=CHECKED_IMAGES,
            tolerance=TOLERANCE,
        )
    )
    name = state.EXPORT_FORM.ensure()
    state.EXPORT_FORM_WIDGET.ensure(name)
    chosen = st.segmented_control(
        _("Format"),
        list(FORMATS),
        key=state.EXPORT_FORM_WIDGET.key,
        required=True,
        label_visibility="collapsed",
        format_func=lambda key: _(FORMATS[key].title),
    )
    form = FORMATS[chosen or name]
    state.EXPORT_FORM.set(form.name)
    st.markdown(f"**{_(form.title)}.** {_(form.description)}")
    with st.container(key="export_file"):
        _file(model, form)
    st.markdown(
        _(
            "A program that classifies a picture with it. Put it into the same folder as `{file}`. "
            "It needs `pip install numpy pillow {packages}`.",
            file=export_file_name(model, form),
            packages=form.packages,
        )
    )
    code = snippet(model, form)
    st.download_button(
        _("Program"),
        code,
        snippet_file_name(model, form),
        "text/x-python",
        icon=":material/code:",
        key=f"program_{form.name}",
        on_click="ignore",
    )
    with st.expander(_("Read the program")):
        st.code(code, language="python", wrap_lines=True)
    show_command(f"python -m mnist_core export {model.name}")
    _training(model)
    _page(model)
    _card(model)


def _file(model: StoredModel, form: ExportFormat) -> None:
    """A button that has the file made, what is waited for, or the file."""
    export = stored_export(model, form)
    if export is None:
        digest = str(model.card["files"]["keras"]["sha256"])
        slot = f"export {digest} {form.name}"
        look, start, about = question(slot, make_export, model, form)
        work = followed(
            look,
            start,
            slot=slot,
            about=about,
            words=_(
                "Writing and checking the {format} file … The first time, TensorFlow has to be "
                "loaded, which takes about 10 seconds.",
                format=_(form.title),
            ),
            offer=lambda: st.button(
                _("Create the file"), icon=":material/build:", key=f"make_{form.name}"
            ),
        )
        export = work.result
    if export is None:
        return
    path = export.path
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"{export_file_name(model, form)} ({format_bytes(export.bytes)})",
            path.read_bytes,
            export_file_name(model, form),
            icon=":material/download:",
            key=f"export_{form.name}",
            on_click="ignore",
            type="primary",
        )
        st.markdown(f":material/check: {_(export.check.summary)}", width="stretch")


def _training(model: StoredModel) -> None:
    """The program that trains it."""
    st.subheader(_("Its training as a program"), anchor=False)
    st.markdown(
        _(
            "Data, network, training, evaluation and pictures in plain Keras, with this network's "
            "settings, as a Jupyter notebook or a Python script. It gives about the same accuracy, "
            "but not the same weights."
        )
    )
    with st.container(horizontal=True):
        name = model.name
        program_downloads(model.recipe, model.data_name, model.class_names, name, key=name)


def _page(model: StoredModel) -> None:
    """The network as one HTML file."""
    st.subheader(_("A page to draw on"), anchor=False)
    st.markdown(
        _(
            "One HTML file with a canvas and this network in it. It opens in any browser, also on "
            "a phone, and works without a server and without the internet."
        )
    )
    try:
        page = html_page(model)
    except ModelError as error:
        st.info(as_message(error))
        return
    st.download_button(
        _("Page"),
        page,
        html_file_name(model),
        "text/html",
        icon=":material/draw:",
        key="html_page",
        on_click="ignore",
    )


def _card(model: StoredModel) -> None:
    st.subheader(_("Model card"), anchor=False)
    st.markdown(
        _(
            "What the network is, what it was trained on, how good it is, and its limits. Keep it "
            "with the file."
        )
    )
    text = model_card(model)
    st.download_button(
        _("Model card"),
        text,
        f"{model.name}-card.md",
        "text/markdown",
        icon=":material/description:",
        key="card",
        on_click="ignore",
    )
    with st.expander(_("Read the model card")), st.container(key="card_text"):
        # One step smaller, so that its title isn't larger than the page's.
        st.markdown(text.replace("\n## ", "\n##### ").replace("# ", "#### ", 1))
