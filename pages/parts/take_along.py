"""A network to take along: its files, a program for each, and its model card."""

from concurrent.futures import Future

import streamlit as st

from mnist_core import ModelError, StoredModel, outside
from mnist_core.exports import (
    CHECKED,
    FORMS,
    TOLERANCE,
    Export,
    Form,
    file_name,
    kept_export,
    make_export,
    model_card,
    snippet,
    snippet_name,
)
from mnist_core.sandbox import bytes_text

LOOK = 0.7  # seconds between two looks at whether a file is ready


def take_along(model: StoredModel) -> None:
    """The choice of a form, its file when it is asked for, its program, and the model card."""
    st.markdown(
        "The network as a file, for programs of your own. Each file is **checked** before you get "
        f"it: it is read again and asked about {CHECKED:,} test images, and no probability may "
        f"differ from the network's by more than {TOLERANCE:g}."
    )
    name = st.session_state.setdefault("export_form", "keras")
    st.session_state.setdefault("export_choice", name)
    chosen = st.segmented_control(
        "Form", list(FORMS), key="export_choice", required=True, label_visibility="collapsed",
        format_func=lambda key: FORMS[key].title,
    )  # fmt: skip
    form = FORMS[chosen or name]
    st.session_state["export_form"] = form.name
    st.markdown(f"**{form.title}.** {form.about}")
    place = st.container(key="export_file")
    with place:
        waiting = _waiting(model, form)
        st.fragment(_file, run_every=LOOK if waiting else None)(model, form, waiting)
    st.markdown(
        "A program that reads a picture with it. Put both into one folder. The file's name is "
        f"`{file_name(model, form)}`; `pip install numpy pillow {form.packages}` gets what it "
        "needs."
    )
    code = snippet(model, form)
    st.download_button(
        "The program", code, snippet_name(model, form), "text/x-python",
        icon=":material/code:", key=f"program_{form.name}", on_click="ignore",
    )  # fmt: skip
    st.code(code, language="python", height=360)
    st.caption("All of this on the command line:")
    st.code(f"python -m mnist_core export {model.name}", language="bash", wrap_lines=True)
    _card(model)


def _waiting(model: StoredModel, form: Form) -> bool:
    """Whether the file was asked for in this session and isn't there yet."""
    return (
        _question(model, form) in st.session_state.get("exports_asked", ())
        and kept_export(model, form) is None
    )


def _question(model: StoredModel, form: Form) -> tuple[str, str]:
    return str(model.card["files"]["keras"]["sha256"]), form.name


def _file(model: StoredModel, form: Form, was_waiting: bool) -> None:
    """A button that has it made, what is waited for, or the file."""
    asked: set[tuple[str, str]] = st.session_state.setdefault("exports_asked", set())
    question = _question(model, form)
    export = kept_export(model, form)
    if export is None and question in asked:
        future: Future[Export] = outside.ask(make_export, model, form)
        if not future.done():
            words = (
                "is being written and checked. The first time, TensorFlow is loaded for it, "
                "which takes some 10 seconds."
            )
            st.markdown(f":material/hourglass: The {form.title} file {words}")
            return
        asked.discard(question)
        trouble = outside.trouble(future)
        if trouble:
            st.session_state["export_trouble"] = (question, trouble)
        else:
            export = kept_export(model, form)
    if was_waiting:
        st.rerun()  # the page, which looks no longer
    told = st.session_state.get("export_trouble")
    if told and told[0] == question:
        st.error(told[1])
    if export is None:
        if st.button("Make the file", icon=":material/build:", key=f"make_{form.name}"):
            st.session_state.pop("export_trouble", None)
            asked.add(question)
            st.rerun()
        return
    path = export.path
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            f"{file_name(model, form)} ({bytes_text(export.bytes)})", lambda: path.read_bytes(),
            file_name(model, form), icon=":material/download:", key=f"export_{form.name}",
            on_click="ignore", type="primary",
        )  # fmt: skip
        st.markdown(f":material/check: {export.check.words}", width="stretch")


def _card(model: StoredModel) -> None:
    st.subheader("Model card", anchor=False)
    st.markdown(
        "What the network is, what it was trained on, how good it is and what it can't do. It "
        "belongs beside the file wherever that goes."
    )
    try:
        text = model_card(model)
    except ModelError as error:
        st.error(str(error))
        return
    st.download_button(
        "The card", text, f"{model.name}-card.md", "text/markdown", icon=":material/description:",
        key="card", on_click="ignore",
    )  # fmt: skip
    with st.expander("Read it here"):
        # One step smaller, so that its title isn't larger than the page's.
        st.markdown(text.replace("\n## ", "\n##### ").replace("# ", "#### ", 1))
