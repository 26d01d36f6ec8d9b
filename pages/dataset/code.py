"""The code that does what a section of the Dataset page shows."""

from mnist_core import Dataset
from mnist_core.data.dataset import STAND_IN_NAME
from mnist_core.i18n import Text, _
from mnist_core.models.store import list_models
from mnist_core.recipes import examples
from pages.dataset.links import AUGMENT, BROWSE, ONE
from pages.dataset.map import TSNE
from pages.shared import state
from pages.shared.code import KERAS_FILE, show_code

STAND_IN = Text("Keras loads MNIST, not {data}, which this page shows.", data=STAND_IN_NAME)


def section_code(section: str, dataset: Dataset) -> None:
    """A fold with the code of a section, with what is chosen in it."""
    data, caption = dataset.name, STAND_IN if dataset.stand_in else ""
    whole = state.WHOLE_SPLIT_WIDGET.get()
    if section == BROWSE:
        code = examples.browse_example(
            data,
            state.BROWSE_SPLIT_WIDGET.get(),
            sorted(state.BROWSE_CLASSES_WIDGET.get() or ()),
            state.BROWSE_ORDER_WIDGET.get() or "index",
            int(state.BROWSE_SEED_WIDGET.get() or 0),
        )
    elif section in (ONE, AUGMENT):
        make = examples.image_example if section == ONE else examples.augmentation_example
        code = make(data, state.IMAGE_SPLIT_WIDGET.get(), state.IMAGE_INDEX_WIDGET.get())
    elif section == "Map":
        code = examples.map_example(
            data,
            state.MAP_SPLIT_WIDGET.get(),
            state.MAP_COUNT_WIDGET.get(),
            tsne=state.MAP_WAY_WIDGET.get() == TSNE,
        )
    elif section == "Label errors":
        trained = [model.name for model in list_models()[0] if model.data_name == data]
        code = examples.label_errors_example(f"{trained[0] if trained else 'network'}.keras", data)
        caption = KERAS_FILE
    elif section == "The whole set":
        part = state.WHOLE_PART_WIDGET.get()
        if part == "Splits and folds":
            share = state.WHOLE_SHARE_WIDGET.get()
            code = examples.splits_example(data, share, state.WHOLE_FOLDS_WIDGET.get())
        elif part == "Gray levels":
            threshold = state.WHOLE_THRESHOLD_WIDGET.get()
            code = examples.gray_example(data, whole, threshold)
        else:
            about = examples.ink_example if part == "Ink and slant" else examples.classes_example
            code = about(data, whole)
    else:
        return
    show_code(code, _(caption))
