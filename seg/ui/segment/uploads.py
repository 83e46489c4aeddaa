"""Files that a visitor gives: they join those that are kept, and each can be removed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import DeletedFile, UploadedFile

from seg.errors import SegError
from seg.inference.corrections import Corrections
from seg.photo import PhotoError
from seg.photo.formats import FORMATS
from seg.serve import limits
from seg.serve.upload_files import upload_files
from seg.ui.shared import parts, visits
from seg.ui.shared.language import t

MOST_BUTTONS = 12  # that remove a file each; of more files one is chosen from a list
SHORT_NAME = 30  # letters of a name on a button
MOST_OF_STEM = 120  # bytes
SHOWN_AS = {"WEBP": "WebP", "HEIF": "HEIC"}  # formats as people write them
STATE_KEYS = "uploads"  # under which files of this visitor are kept


@dataclass(frozen=True)
class Upload:
    """A photo or trimap as it came: ``size`` in bytes, ``key`` the hash of its bytes.

    ``source``: the bytes, or the file that has them. ``trimap`` is the encoded true trimap of a sample, ``corrections``
    what the visitor has painted over the photo.
    """

    name: str
    size: int
    key: str
    source: bytes | Path = field(compare=False, repr=False)
    trimap: bytes | None = field(default=None, compare=False, repr=False)
    corrections: Corrections = Corrections()

    @classmethod
    def of(cls, name: str, data: bytes, trimap: bytes | None = None) -> Upload:
        return cls(name, len(data), hashlib.sha256(data).hexdigest(), data, trimap)

    @property
    def data(self) -> bytes:
        """The bytes, encoded as they came; read at each use. Raises PhotoError where their file is gone."""
        if isinstance(self.source, bytes):
            return self.source
        try:
            return self.source.read_bytes()
        except OSError:
            raise PhotoError("upload_gone", name=self.name) from None

    @property
    def file(self) -> Path | None:
        """The file that has the bytes, if one does."""
        return self.source if isinstance(self.source, Path) else None

    @property
    def stem(self) -> str:
        return Path(self.name).stem

    @property
    def file_stem(self) -> str:
        """The beginning of a download's name: letters, digits, ``-`` and ``_`` of the photo's name."""
        safe = "".join(c if c.isalnum() or c in "-_" else "_" for c in self.stem)
        # File systems count bytes, of which a Chinese letter has three.
        return safe.encode()[:MOST_OF_STEM].decode(errors="ignore") or "photo"


def given(state_key: str) -> list[Upload]:
    """The files that the visitor has given and not removed, in the order in which they came."""
    return st.session_state.get(state_key, [])


def uploader(
    label: str, state_key: str, types: Sequence[str] | None = None, several: bool = True, help: str | None = None
) -> list[Upload]:
    """Ask for files, and show those that are kept; returns those that have just come.

    ``types`` are suffixes; without them it asks for photos, whose content says what they are, whatever they are called.
    ``given(state_key)`` has them all. Without ``several`` a new file takes the place of the last one.
    """
    st.file_uploader(
        label,
        type=list(types) if types else None,
        accept_multiple_files=several,
        max_upload_size=limits.SENT_MEGABYTES,
        key=widget_key(state_key),
        help=help,
    )
    # A widget that a browser brings along when it finds its server again has no value before it is drawn.
    new = take(widget_key(state_key), state_key, several)
    # Streamlit says the like inside the widget, in English alone: style.css hides that.
    formats = [SHOWN_AS.get(name, name) for name in FORMATS] if types is None else [name.upper() for name in types]
    st.caption(t("segment.limits", formats=formats, megabytes=limits.UPLOAD_MEGABYTES))
    for error in st.session_state.get(_refused(state_key), []):
        st.error(parts.sentence(error), icon=":material/error:")
    _kept(state_key)
    return new


def widget_key(state_key: str) -> str:
    """The key of the uploader whose files are kept under ``state_key``."""
    return f"{state_key}-uploader"


def take(widget: str, state_key: str, several: bool = True) -> list[Upload]:
    """Keep those files of the widget with this key that are not yet kept, under ``state_key``; returns them.

    The widget stays the same for the whole visit, as a file that is on its way to a widget is lost with it. So it goes
    on holding files that have been taken, though the visitor may have removed them here: each is taken once, by its id.
    What the widget holds is lost when the visitor looks at another page, what is kept here is not. A callback cannot do
    this: it is lost when it comes together with a rerun that the page starts. Streamlit may end the run of the page at
    each touch of the session's state, so the ids are noted last: the next run takes the files once more, and the same
    file is kept once. On disk, too, where a file lies under the hash of its bytes.
    """
    held = st.session_state.get(widget)
    sent = held if isinstance(held, list) else [held] if held else []
    taken = st.session_state.get(_taken(state_key), frozenset())
    new: list[Upload] = []
    if fresh := [file for file in sent if file.file_id not in taken]:
        new, errors = _keep(fresh, state_key, several)
        st.session_state[_refused(state_key)] = errors
        st.session_state[_taken(state_key)] = taken | {file.file_id for file in fresh}
    _give_back([file for file in sent if isinstance(file, UploadedFile)])
    return new


def _keep(
    sent: Sequence[UploadedFile | DeletedFile], state_key: str, several: bool
) -> tuple[list[Upload], list[SegError]]:
    """Keep what has just come, beside what is there or in its place; what is kept of it, and why the rest is not."""
    # A file may be gone from the server when a visitor's connection was lost.
    files = [file for file in sent if isinstance(file, UploadedFile)]
    small = [Upload.of(file.name, file.getvalue()) for file in files if file.size <= limits.UPLOAD_BYTES]
    errors: list[SegError] = [_too_large(file) for file in files if file.size > limits.UPLOAD_BYTES]
    if len(files) < len(sent):
        errors.append(SegError("uploads_lost", count=len(sent) - len(files)))
    before = given(state_key) if several else []
    fitting, error = _as_many_as_fit(small, before, state_key)
    new, disk_error = _on_disk(fitting)
    if new:
        st.session_state[STATE_KEYS] = st.session_state.get(STATE_KEYS, frozenset()) | {state_key}
        st.session_state[state_key] = list(dict.fromkeys([*before, *new]))
        _delete_unused()  # the file whose place another one has taken
    return new, [*errors, *filter(None, [error, disk_error])]


def _as_many_as_fit(
    uploads: Sequence[Upload], before: Sequence[Upload], state_key: str
) -> tuple[list[Upload], SegError | None]:
    """Those of some files that the visitor may keep, and an error for the others.

    They are to be kept under ``state_key``, beside ``before`` and all that is kept under other keys.
    """
    others = st.session_state.get(STATE_KEYS, frozenset()) - {state_key}
    kept = [*before, *(upload for key in others for upload in given(key))]
    count, size = len(before), sum(upload.size for upload in kept)
    fitting: list[Upload] = []
    for upload in uploads:
        if upload in before:  # it takes the place of itself
            fitting.append(upload)
            continue
        size += upload.size
        count += 1
        left_out = str(len(uploads) - len(fitting))
        if count > limits.MOST_PHOTOS:
            return fitting, SegError("uploads_many", count=left_out, most=str(limits.MOST_PHOTOS))
        if size > limits.VISITOR_MEGABYTES * limits.MEGA:
            return fitting, SegError("uploads_large", count=left_out, most=str(limits.VISITOR_MEGABYTES))
        fitting.append(upload)
    return fitting, None


def _on_disk(uploads: Sequence[Upload]) -> tuple[list[Upload], SegError | None]:
    """Files as they are kept on disk, and an error where there is no room for more."""
    stored: list[Upload] = []
    visit = visits.note()  # a page may run on for long after its visitor has gone
    for upload in uploads:
        try:
            stored.append(replace(upload, source=upload_files.keep(visit, upload.key, upload.data)))
        except SegError as error:
            return stored, error
    return stored, None


def _delete_unused() -> None:
    """Delete the files of the visitor that are kept under no key any more."""
    state_keys = st.session_state.get(STATE_KEYS, frozenset())
    upload_files.keep_only(visits.note(), {upload.key for state_key in state_keys for upload in given(state_key)})


def _give_back(files: Sequence[UploadedFile]) -> None:
    """Have Streamlit forget files that are kept here or refused: it would keep them for as long as the visit lasts."""
    context = get_script_run_ctx()
    # Not every manager of uploads can do it; the one in memory, which `streamlit run` uses, can.
    remove = getattr(context and context.uploaded_file_mgr, "remove_file", None)
    for file in files:
        if context and remove:
            remove(context.session_id, file.file_id)
        file.truncate(0)  # the session's state has this object, with the bytes, until the page runs again


def forget(*state_keys: str) -> None:
    """Forget all files under these keys."""
    for state_key in state_keys:
        st.session_state.pop(state_key, None)
        st.session_state.pop(_refused(state_key), None)
    _delete_unused()


def _taken(state_key: str) -> str:
    """Under which the ids of all files are noted that were taken, 36 letters each: forgotten with the visit."""
    return f"{state_key}-taken"


def _refused(state_key: str) -> str:
    return f"{state_key}-refused"


def _too_large(file: UploadedFile) -> PhotoError:
    size = f"{file.size / limits.MEGA:.1f}"
    return PhotoError("photo_bytes", name=file.name, megabytes=size, most=str(limits.UPLOAD_MEGABYTES))


def _kept(state_key: str) -> None:
    files = given(state_key)
    if not files:
        return
    if len(files) > MOST_BUTTONS:
        _choose_to_remove(state_key, files)
        return
    with st.container(horizontal=True, gap="small"):
        for upload in files:
            st.button(
                t("segment.remove", name=parts.plain(_short(upload.name))),
                key=f"{state_key}-remove-{upload.key}-{upload.name}",
                icon=":material/close:",
                on_click=_remove,
                # Not the upload: Streamlit keeps a button's arguments for as long as the visit lasts.
                args=(state_key, upload.key, upload.name),
            )


def _choose_to_remove(state_key: str, files: Sequence[Upload]) -> None:
    key = f"{state_key}-remove-{len(files)}"  # another one after each removal: nothing is chosen in it
    marks = [(upload.key, upload.name) for upload in files]  # not the uploads, as above
    # Numbers, as two files may have one name.
    st.selectbox(
        t("segment.remove_one", count=len(files)),
        range(len(files)),
        index=None,
        format_func=lambda number: marks[number][1],
        key=key,
        placeholder=t("segment.remove_choose"),
        on_change=lambda: _remove(state_key, *marks[st.session_state[key]]),
        width=480,
    )


def _short(name: str) -> str:
    return name if len(name) <= SHORT_NAME else f"{name[: SHORT_NAME - 8]}…{name[-7:]}"


def _remove(state_key: str, key: str, name: str) -> None:
    """A button's callback."""
    st.session_state[state_key] = [kept for kept in given(state_key) if (kept.key, kept.name) != (key, name)]
    _delete_unused()
