"""The server's log: each line has a time, a level, and the session that it is about."""

import json
import logging

from streamlit.runtime.scriptrunner import get_script_run_ctx

from mnist_core import settings

LINE = "%(asctime)s %(levelname)-7s %(session)s %(name)s: %(message)s"


class SessionFormatter(logging.Formatter):
    """A line of text, or a JSON object with `MNIST_CORE_LOG=json`.

    A session is the first eight characters of Streamlit's id for it; `-` stands for none.
    """

    default_msec_format = "%s.%03d"

    def __init__(self) -> None:
        super().__init__(LINE)

    def format(self, record: logging.LogRecord) -> str:
        """One record."""
        context = get_script_run_ctx(suppress_warning=True)
        session = context.session_id[:8] if context else "-"
        record.__dict__["session"] = session
        if not settings.json_log():
            return super().format(record)
        fields = {
            "time": self.formatTime(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "session": session,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["error"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)
