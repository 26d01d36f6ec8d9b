"""What can go wrong, as one tree of exceptions.

    MnistCoreError            catch this to catch all of them
    ├── DataError             a data set is missing, cut or not what it should be
    │   └── DownloadError     the download did not arrive
    ├── DrawingError          a picture can't be read as a drawing
    ├── RecipeError           an unknown recipe, or a setting that can't work
    │   └── DivergedError     the loss isn't a finite number in the first epoch already
    ├── ModelError            a stored model is missing, cut or altered
    ├── RunError              a training run is not there, or can't do what it is asked to
    ├── StudyError            a study is not there, is another one, or its database can't be used
    ├── TaskError             work in the background can't be started
    ├── LessonError           there is no such course
    └── JudgementError        a judgement of an image can't be, or can't be kept

Every message says what happened, what was expected and what to do next, in words that can
be shown to a person as they are.
"""


class MnistCoreError(Exception):
    """Base of every error that this package raises on purpose."""


def error_text(error: BaseException) -> str:
    """The words of an error, which can be translated if it was raised with a `Text`."""
    message = error.args[0] if isinstance(error, MnistCoreError) and error.args else error
    return message if isinstance(message, str) else str(message)


class DataError(MnistCoreError):
    """A data set is missing, cut or not what it should be."""


class DownloadError(DataError):
    """The download did not arrive: no network, a time-out or a wrong answer."""


class DrawingError(MnistCoreError):
    """A picture can't be read as a drawing."""


class RecipeError(MnistCoreError):
    """An unknown recipe, or a setting that can't work.

    Attributes:
        setting: the setting that is invalid, such as `epochs` or `filters`; "" if none is to blame.
        layer: the layer whose setting or input it is, such as `conv2d_1`; "" if none is.
        reason: the message without the name of the layer, to show beside the layer.
    """

    def __init__(
        self, message: str, *, setting: str = "", layer: str = "", reason: str = ""
    ) -> None:
        super().__init__(message)
        self.setting, self.layer, self.reason = setting, layer, reason or message


class DivergedError(RecipeError):
    """The loss of a training isn't a finite number in its first epoch already."""


class ModelError(MnistCoreError):
    """A stored model is missing, cut or altered."""


class RunError(MnistCoreError):
    """A training run is not there, or can't do what it is asked to."""


class StudyError(MnistCoreError):
    """A study is not there, is another one, or its database can't be used."""


class TaskError(MnistCoreError):
    """Work in the background can't be started."""


class LessonError(MnistCoreError):
    """There is no such course."""


class JudgementError(MnistCoreError):
    """A judgement of an image can't be, or can't be kept."""
