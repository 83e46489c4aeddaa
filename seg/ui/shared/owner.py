"""Who looks at the page: the server's owner, or another visitor, who is told how the owner gets more."""

from __future__ import annotations

import streamlit as st
from streamlit.errors import StreamlitMissingAuthlibError

from seg.serve import owner
from seg.serve.owner import NotOwnerError, Visitor
from seg.ui.shared import parts
from seg.ui.shared.language import t

# True in the session of a visitor who has entered the token.
HAS_TOKEN = "owner-has-token"
TOKEN_FIELD = "owner-token"


def visitor() -> Visitor:
    context = st.context
    return Visitor(
        listens_on(),
        context.ip_address,
        context.url,
        context.headers,
        has_token=st.session_state.get(HAS_TOKEN, False),
        email=_email(),
    )


def listens_on() -> str | None:
    """The address that the server listens on; None for every address of its machine."""
    return st.get_option("server.address")


def is_here() -> bool:
    """Whether the visitor may do what the server's owner alone may do."""
    return owner.is_owner(visitor())


def explain() -> None:
    """One sentence in the place of what the owner alone may do."""
    try:
        owner.require(visitor())
    except NotOwnerError as error:
        st.info(parts.sentence(error), icon=":material/lock:")


def show() -> None:
    """The token's field and the button to sign in, where the server's owner has set them up."""
    ways = owner.ways(listens_on())
    if not {"token", "sign_in"} & set(ways):
        return
    with st.expander(t("sidebar.owner"), icon=":material/key:"):
        if is_here():
            st.caption(t("sidebar.owner_is_here"))
        elif "token" in ways:
            _ask_for_token()
        if "sign_in" in ways:
            _sign_in()


def _ask_for_token() -> None:
    # The form is cleared when it is sent: the token stays in no widget, and never comes into the address.
    with st.form("owner", clear_on_submit=True, border=False):
        given = st.text_input(
            t("sidebar.owner_token"), type="password", key=TOKEN_FIELD, autocomplete="current-password"
        )
        if not st.form_submit_button(t("sidebar.owner_enter"), key="owner-enter", width="stretch"):
            return
    if not owner.is_token(given):
        raise NotOwnerError("owner_token_wrong")
    st.session_state[HAS_TOKEN] = True
    st.rerun()


def _sign_in() -> None:
    if not _is_signed_in():
        if st.button(t("sidebar.owner_sign_in"), key="owner-sign-in", width="stretch"):
            try:
                st.login()
            except StreamlitMissingAuthlibError:
                raise NotOwnerError("owner_no_authlib") from None
        return
    email = _email()
    st.caption(t("sidebar.owner_signed_in", email=parts.plain(email)) if email else t("sidebar.owner_unverified"))
    if st.button(t("sidebar.owner_sign_out"), key="owner-sign-out", width="stretch"):
        st.logout()


def _is_signed_in() -> bool:
    return bool(st.user.to_dict().get("is_logged_in"))


def _email() -> str | None:
    """The address by which the visitor has signed in; None where the provider says that nobody has checked it.

    Where nobody is asked to sign in there is none: Streamlit would look for its settings on disk, twenty times a run of
    the page.
    """
    if "sign_in" not in owner.ways(listens_on()):
        return None
    user = st.user.to_dict()
    if not user.get("is_logged_in") or user.get("email_verified") is False:
        return None
    email = user.get("email")
    return email if isinstance(email, str) else None
