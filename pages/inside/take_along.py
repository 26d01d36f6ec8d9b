"""A network to take along: its files, a program for each, and its model card."""

from concurrent.futures import Future

import streamlit as st

from mnist_core import MnistCoreError, StoredModel
from mnist_core.inside.layer_costs import format_bytes
from mnist_core.models.export_formats import FORMATS, ExportFormat, export_file_name
from mnist_core.models.exports import CHECKED_IMAGES, Export, make_export, stored_export
from mnist_core.models.litert import TOLERANCE
from mnist_core.models.model_card import model_card
from mnist_core.models.snippets import snippet, snippet_file_name
from mnist_core.system import tensorflow_process as outside

# A table that is wider than a phone is moved sideways by itself.
STYLE = "<style>.st-key-card_text table{display:block;overflow-x:auto;max-width:100%}</style>"
LOOK = 0.7  # seconds between two looks at whether a file is ready


def take_along(model: StoredModel) -> None:
    """The choice of a form, its file when it is asked for, its program, and the model card."""
    st.markdown(
        "The network as a file, for programs of your own. Each file is **checked** before you get "
        f"it: it is read again and asked about {CHECKED_IMAGES:,} test images, and no probability "
        f"may differ from the network's by more than {TOLERANCE:g}."
    )
    name = st.session_state.setdefault("export_form", "keras")
    st.session_state.setdefault("export_choice", name)
    chosen = st.segmented_control(
        "Form",
        list(FORMATS),
        key="export_choice",
        required=True,
        label_visibility="collapsed",
        format_func=lambda key: FORMATS[key].title,
    )
    form = FORMATS[chosen or name]
    st.session_state["export_form"] = form.name
    st.markdown(f"**{form.title}.** {form.description}")
    with st.container(key="export_file"):
        # Only a file that is being made is looked at again; when it is there, the page must know.
        st.fragment(_file, run_every=LOOK if _asked(model, form) else None)(model, form)
    st.markdown(
        "A program that reads a picture with it. Put both into one folder. The file's name is "
        f"`{export_file_name(model, form)}`; `pip install numpy pillow {form.packages}` gets what "
        "it needs."
    )
    code = snippet(model, form)
    st.download_button(
        "The program",
        code,
        snippet_file_name(model, form),
        "text/x-python",
        icon=":material/code:",
        key=f"program_{form.name}",
        on_click="ignore",
    )
    st.code(code, language="python", height=360)
    st.caption("All of this on the command line:")
    st.code(f"python -m mnist_core export {model.name}", language="bash", wrap_lines=True)
    _card(model)


def _asked(model: StoredModel, form: ExportFormat) -> "Future[Export] | None":
    """The file that this session waits for."""
    return _questions().get((_digest(model), form.name))


def _questions() -> "dict[tuple[str, str], Future[Export]]":
    questions: dict[tuple[str, str], Future[Export]] = st.session_state.setdefault("exports", {})
    return questions


def _digest(model: StoredModel) -> str:
    return str(model.card["files"]["keras"]["sha256"])


def _file(model: StoredModel, form: ExportFormat) -> None:
    """A button that has it made, what is waited for, or the file."""
    future = _asked(model, form)
    if future is not None:
        if not future.done():
            st.markdown(
                f":material/hourglass_top: The {form.title} file is being written and checked. The "
                "first time, TensorFlow is loaded for it, which takes some 10 seconds …"
            )
            return
        del _questions()[_digest(model), form.name]
        st.session_state["export_trouble"] = (form.name, outside.trouble(future))
        st.rerun()
    export = stored_export(model, form)
    if export is None:
        failed, trouble = st.session_state.pop("export_trouble", (None, None))
        if trouble and failed == form.name:
            st.error(trouble)
        if st.button("Make the file", icon=":material/build:", key=f"make_{form.name}"):
            try:
                asked = outside.ask(make_export, model, form)
            except MnistCoreError as error:
                st.error(str(error))
                return
            _questions()[_digest(model), form.name] = asked
            st.rerun()
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
        st.markdown(f":material/check: {export.check.summary}", width="stretch")


def _card(model: StoredModel) -> None:
    st.subheader("Model card", anchor=False)
    st.markdown(
        "What the network is, what it was trained on, how good it is and what it can't do. It "
        "belongs beside the file wherever that goes."
    )
    text = model_card(model)
    st.download_button(
        "The card",
        text,
        f"{model.name}-card.md",
        "text/markdown",
        icon=":material/description:",
        key="card",
        on_click="ignore",
    )
    with st.expander("Read it here"), st.container(key="card_text"):
        st.html(STYLE)
        # One step smaller, so that its title isn't larger than the page's.
        st.markdown(text.replace("\n## ", "\n##### ").replace("# ", "#### ", 1))
