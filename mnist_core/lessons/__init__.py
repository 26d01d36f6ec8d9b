"""The five tutorials as courses: short steps with the code that does them."""

from mnist_core.errors import LessonError
from mnist_core.i18n import Text
from mnist_core.lessons.cnn import CNN
from mnist_core.lessons.course import Course
from mnist_core.lessons.dense import DENSE
from mnist_core.lessons.notes import NOTES
from mnist_core.lessons.project import PROJECT
from mnist_core.lessons.sigmoid import SIGMOID

COURSES: dict[str, Course] = {
    course.name: course for course in (SIGMOID, DENSE, NOTES, CNN, PROJECT)
}


def get_course(name: str) -> Course:
    """The course of a name.

    Raises:
        LessonError: there is no course of that name.
    """
    try:
        return COURSES[name]
    except KeyError:
        raise LessonError(
            Text(
                "There is no course {name!r}. The courses are {names}.",
                name=name,
                names=", ".join(COURSES),
            )
        ) from None
