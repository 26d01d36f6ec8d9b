"""For the owner of a shared server: how others reach it, what they may do, and its health."""

import io

import pandas as pd
import segno
import streamlit as st

from mnist_core.cli.share import network_address
from mnist_core.health import run_checks
from mnist_core.i18n import _
from pages.shared.access import visitors_setting
from pages.shared.heading import heading


def page() -> None:
    """Address and settings, then the checks."""
    heading(_("Server"), _("Invite others, choose what they may do, and check the installation."))
    left, right = st.columns([1, 2], gap="large")
    with left:
        st.subheader(_("Address for visitors"), anchor=False)
        address = f"http://{network_address()}:{st.get_option('server.port')}"
        st.code(address, language=None)
        picture = io.BytesIO()
        segno.make(address).save(picture, kind="png", scale=8, border=3)
        st.image(picture.getvalue(), _("QR code of {address}", address=address), width=260)
        visitors_setting()
    with right:
        st.subheader(_("Checks"), anchor=False)
        with st.spinner(_("Checking data, networks, runs and disk …")):
            checks = run_checks()
        st.dataframe(
            pd.DataFrame(
                {
                    "": "✓" if check.ok else "✗",
                    _("Check"): _(check.name),
                    _("Finding"): _(check.finding),
                    _("What to do"): _(check.advice),
                }
                for check in checks
            ),
            hide_index=True,
            row_height=44,
            height="content",
        )
        st.caption(_("On the command line, `python -m mnist_core doctor` runs the same checks."))


page()
