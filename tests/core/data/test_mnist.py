"""MNIST by every way in, good and broken; the download; the stand-in; the splits."""

import dataclasses
import gzip
import re
import struct

import numpy as np
import pytest

from mnist_core import settings
from mnist_core.data.mnist import (
    ARRAYS,
    IDX_NAMES,
    MNIST,
    STAND_IN_NAME,
    Dataset,
    add_channel,
    array_sha256,
    download_mnist,
    flatten,
    k_folds,
    load_mnist,
    load_stand_in,
    one_hot,
    read_verified,
    scale,
    split_60_20_20,
    split_validation,
)
from mnist_core.errors import DataError, DownloadError


def idx(array):
    head = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    return head + array.tobytes()


def write_idx(folder, arrays, *, dotted=False, zipped=False):
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        file = IDX_NAMES[name].replace("-idx", ".idx") if dotted else IDX_NAMES[name]
        content = idx(array)
        if zipped:
            (folder / f"{file}.gz").write_bytes(gzip.compress(content))
        else:
            (folder / file).write_bytes(content)
    return folder


def assert_is(dataset, arrays):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(dataset, name), arrays[name])
        assert getattr(dataset, name).dtype == np.uint8


def names_it(path):
    return re.escape(str(path)) + r".*([Ee]xpected|is not MNIST)"


@pytest.fixture
def npz(tmp_path, tiny_npz):
    path = tmp_path / "mine.npz"
    path.write_bytes(tiny_npz)
    return path


@pytest.fixture
def cache(isolated):
    """Where Keras's cache has its file; nothing is there yet."""
    path = settings.keras_cache()
    path.parent.mkdir(parents=True)
    return path


# --- the ways in --------------------------------------------------------------------------


def test_npz_by_argument(isolated, npz, tiny_release, tiny_arrays):
    dataset = load_mnist(npz, release=tiny_release)
    assert_is(dataset, tiny_arrays)
    assert (dataset.source, dataset.verified, dataset.notes) == (str(npz), True, ())
    assert not dataset.stand_in


def test_path_may_be_a_string(isolated, npz, tiny_release, tiny_arrays):
    assert_is(load_mnist(str(npz), release=tiny_release), tiny_arrays)


def test_npz_by_environment(isolated, npz, tiny_release, tiny_arrays, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", str(npz))
    assert_is(load_mnist(release=tiny_release), tiny_arrays)


def test_environment_may_name_the_home_folder(
    isolated, tmp_path, npz, tiny_release, tiny_arrays, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MNIST_CORE_DATA", f"~/{npz.name}")
    assert_is(load_mnist(release=tiny_release), tiny_arrays)


def test_empty_environment_variable_names_nothing(isolated, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", " ")
    assert settings.data_path() is None


def test_folder_with_npz(isolated, tmp_path, tiny_npz, tiny_release, tiny_arrays):
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "mnist.npz").write_bytes(tiny_npz)
    assert_is(load_mnist(folder, release=tiny_release), tiny_arrays)


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("dotted", [False, True], ids=["dash", "dot"])
def test_folder_with_idx_files(isolated, tmp_path, tiny_release, tiny_arrays, dotted, zipped):
    folder = write_idx(tmp_path / "idx", tiny_arrays, dotted=dotted, zipped=zipped)
    assert_is(load_mnist(folder, release=tiny_release), tiny_arrays)


def test_folder_may_mix_plain_and_gzipped_idx_files(isolated, tmp_path, tiny_release, tiny_arrays):
    images = {name: tiny_arrays[name] for name in ("x_train", "x_test")}
    labels = {name: tiny_arrays[name] for name in ("y_train", "y_test")}
    write_idx(tmp_path / "idx", images, zipped=True)
    folder = write_idx(tmp_path / "idx", labels, dotted=True)
    assert_is(load_mnist(folder, release=tiny_release), tiny_arrays)


def test_keras_cache(cache, tiny_npz, tiny_release, tiny_arrays):
    cache.write_bytes(tiny_npz)
    dataset = load_mnist(release=tiny_release)
    assert_is(dataset, tiny_arrays)
    assert dataset.source == str(cache)


def test_without_training_arrays(isolated, npz, tiny_release, tiny_arrays):
    dataset = load_mnist(npz, train=False, release=tiny_release)
    assert dataset.x_train.shape == (0, 28, 28)
    assert dataset.y_train.shape == (0,)
    assert dataset.x_train.dtype == dataset.y_train.dtype == np.uint8
    np.testing.assert_array_equal(dataset.x_test, tiny_arrays["x_test"])
    np.testing.assert_array_equal(dataset.y_test, tiny_arrays["y_test"])


def test_without_training_arrays_the_training_files_are_not_read(
    isolated, tmp_path, tiny_release, tiny_arrays
):
    tests_only = {name: tiny_arrays[name] for name in ("x_test", "y_test")}
    folder = write_idx(tmp_path / "idx", tests_only)
    assert len(load_mnist(folder, train=False, release=tiny_release).x_test) == 100


# --- the order of places ------------------------------------------------------------------


def test_argument_comes_before_environment(isolated, npz, tmp_path, tiny_release, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", str(tmp_path / "nothing.npz"))
    assert load_mnist(npz, release=tiny_release).source == str(npz)


def test_environment_comes_before_cache(cache, npz, tiny_release, monkeypatch):
    cache.write_bytes(b"not even looked at")
    monkeypatch.setenv("MNIST_CORE_DATA", str(npz))
    assert load_mnist(release=tiny_release).source == str(npz)
    assert cache.read_bytes() == b"not even looked at"


def test_cache_comes_before_download(cache, tiny_npz, tiny_release, server):
    cache.write_bytes(tiny_npz)
    release = dataclasses.replace(tiny_release, url=server.url("right"))
    assert load_mnist(release=release).source == str(cache)
    assert server.requests == []


def test_download_comes_before_stand_in(isolated, tiny_release, tiny_arrays, server):
    release = dataclasses.replace(tiny_release, url=server.url("right"))
    dataset = load_mnist(release=release)
    assert_is(dataset, tiny_arrays)
    assert "downloaded" in dataset.source
    assert load_mnist(release=release).source == str(settings.keras_cache())
    assert len(server.requests) == 1


def test_no_download_when_forbidden(isolated, tiny_release, server):
    release = dataclasses.replace(tiny_release, url=server.url("right"))
    with pytest.warns(UserWarning, match="stand in"):
        dataset = load_mnist(download=False, release=release)
    assert dataset.stand_in
    assert server.requests == []


def test_a_named_path_that_is_wrong_is_not_replaced_by_something_else(
    cache, tmp_path, tiny_npz, tiny_release
):
    cache.write_bytes(tiny_npz)
    with pytest.raises(DataError, match="does not exist"):
        load_mnist(tmp_path / "nothing.npz", release=tiny_release)


# --- what is cut, wrong or missing --------------------------------------------------------


@pytest.mark.parametrize("share", [0, 0.001, 0.1, 0.5, 0.9, 0.999])
def test_cut_npz(isolated, npz, tiny_npz, tiny_release, share):
    cut = tiny_npz[: int(len(tiny_npz) * share)]
    npz.write_bytes(cut)
    with pytest.raises(DataError, match=names_it(npz)):
        load_mnist(npz, release=tiny_release)
    assert npz.read_bytes() == cut  # a file that was named stays as it is, where it is
    assert [path.name for path in npz.parent.iterdir()] == [npz.name]


def test_npz_with_any_byte_changed_is_refused_or_still_right(
    isolated, npz, tiny_npz, tiny_release, tiny_arrays
):
    # The zip's head and its directory at the end are where a reader trips in odd ways.
    places = [*range(0, 160), *range(160, len(tiny_npz) - 300, 9001)]
    places += range(len(tiny_npz) - 300, len(tiny_npz))
    refused = 0
    for place in places:
        changed = bytearray(tiny_npz)
        changed[place] ^= 0xFF
        npz.write_bytes(changed)
        try:
            arrays = read_verified(npz, tiny_release)
        except DataError:
            refused += 1
        else:
            for name in ARRAYS:
                np.testing.assert_array_equal(arrays[name], tiny_arrays[name])
    assert refused > len(places) / 2


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzipped"])
@pytest.mark.parametrize("name", ARRAYS)
@pytest.mark.parametrize("share", [0, 0.5, 0.99])
def test_cut_idx_file(isolated, tmp_path, tiny_release, tiny_arrays, name, share, zipped):
    folder = write_idx(tmp_path / "idx", tiny_arrays, zipped=zipped)
    file = folder / (IDX_NAMES[name] + (".gz" if zipped else ""))
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(DataError, match=f"{names_it(folder)}") as caught:
        load_mnist(folder, release=tiny_release)
    assert name in str(caught.value)


def test_idx_file_of_another_type(isolated, tmp_path, tiny_release, tiny_arrays):
    folder = write_idx(tmp_path / "idx", tiny_arrays)
    file = folder / IDX_NAMES["y_test"]
    file.write_bytes(file.read_bytes().replace(b"\0\0\x08", b"\0\0\x0d", 1))
    with pytest.raises(DataError, match=r"does not hold unsigned bytes.*Expected"):
        load_mnist(folder, release=tiny_release)


def test_folder_without_one_of_the_idx_files(isolated, tmp_path, tiny_release, tiny_arrays):
    folder = write_idx(tmp_path / "idx", tiny_arrays)
    (folder / IDX_NAMES["x_test"]).unlink()
    expected = f"{re.escape(str(folder))}.*{IDX_NAMES['x_test']}.*Expected"
    with pytest.raises(DataError, match=expected):
        load_mnist(folder, release=tiny_release)


def test_empty_folder(isolated, tmp_path, tiny_release):
    with pytest.raises(DataError, match=names_it(tmp_path)):
        load_mnist(tmp_path, release=tiny_release)


@pytest.mark.parametrize("name", ARRAYS)
def test_one_changed_pixel_or_label_is_refused(isolated, tmp_path, tiny_release, tiny_arrays, name):
    changed = {**tiny_arrays, name: tiny_arrays[name].copy()}
    changed[name].flat[-1] ^= 1
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **changed)
    with pytest.raises(DataError, match=f"{names_it(path)}.*{name}.*expected"):
        load_mnist(path, release=tiny_release)


def test_right_bytes_in_another_dtype_are_refused(isolated, tmp_path, tiny_release, tiny_arrays):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **{**tiny_arrays, "y_test": tiny_arrays["y_test"].view(np.int8)})
    with pytest.raises(DataError, match=names_it(path)):
        load_mnist(path, release=tiny_release)


def test_right_bytes_in_another_shape_are_refused(isolated, tmp_path, tiny_release, tiny_arrays):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **{**tiny_arrays, "x_test": flatten(tiny_arrays["x_test"])})
    with pytest.raises(DataError, match=re.escape(str(path))):
        load_mnist(path, release=tiny_release)


def test_npz_without_one_array(isolated, tmp_path, tiny_release, tiny_arrays):
    path = tmp_path / "mine.npz"
    np.savez_compressed(path, **{k: v for k, v in tiny_arrays.items() if k != "y_train"})
    with pytest.raises(DataError, match=f"{re.escape(str(path))}.*'y_train'.*Expected"):
        load_mnist(path, release=tiny_release)


def test_text_file(isolated, npz, tiny_release):
    npz.write_text("This is no data set.\n" * 50)
    with pytest.raises(DataError, match=names_it(npz)):
        load_mnist(npz, release=tiny_release)


def test_npy_instead_of_npz(isolated, tmp_path, tiny_release, tiny_arrays):
    path = tmp_path / "x_train.npy"
    np.save(path, tiny_arrays["x_train"])
    with pytest.raises(DataError, match=names_it(path)):
        load_mnist(path, release=tiny_release)


def test_pickled_array_is_not_opened(isolated, tmp_path, tiny_release, tiny_arrays):
    path = tmp_path / "mine.npz"
    opened = tmp_path / "opened"

    class Harmful:
        def __reduce__(self):
            return opened.touch, ()

    harmful = np.array([Harmful()], dtype=object)
    np.savez(path, **{**tiny_arrays, "x_train": harmful})
    with pytest.raises(DataError, match=names_it(path)):
        load_mnist(path, release=tiny_release)
    assert not opened.exists()


def test_missing_path(isolated, tmp_path, tiny_release):
    path = tmp_path / "nothing.npz"
    with pytest.raises(DataError, match=f"{re.escape(str(path))} does not exist.*--download"):
        load_mnist(path, release=tiny_release)


def test_missing_path_by_environment(isolated, tmp_path, tiny_release, monkeypatch):
    monkeypatch.setenv("MNIST_CORE_DATA", str(tmp_path / "nothing.npz"))
    with pytest.raises(DataError, match=r"nothing\.npz does not exist"):
        load_mnist(release=tiny_release)


# --- a bad file in the cache --------------------------------------------------------------


def load_without_network(release):
    with pytest.warns(UserWarning, match="stand in"):
        return load_mnist(download=False, release=release)


@pytest.mark.parametrize("kind", ["cut", "text", "changed"])
def test_bad_cache_is_set_aside_and_named(cache, tiny_npz, tiny_release, tiny_arrays, kind):
    if kind == "cut":
        cache.write_bytes(tiny_npz[:-1000])
    elif kind == "text":
        cache.write_text("no data set")
    else:
        np.savez(cache, **{**tiny_arrays, "x_test": 255 - tiny_arrays["x_test"]})
    bad = cache.read_bytes()
    dataset = load_without_network(tiny_release)
    assert dataset.stand_in and not dataset.verified
    aside = cache.with_name("mnist.npz.refused")
    assert aside.read_bytes() == bad
    assert not cache.exists()
    assert len(dataset.notes) == 1
    assert str(cache) in dataset.notes[0] and "mnist.npz.refused" in dataset.notes[0]


def test_second_bad_cache_gets_another_name(cache, tiny_release):
    for content in (b"first", b"second", b"third"):
        cache.write_bytes(content)
        load_without_network(tiny_release)
    kept = {path.name: path.read_bytes() for path in cache.parent.iterdir()}
    assert sorted(kept.values()) == [b"first", b"second", b"third"]
    assert kept["mnist.npz.refused"] == b"first"


def test_bad_cache_is_replaced_by_a_download_and_still_named(
    cache, tiny_release, tiny_arrays, server
):
    cache.write_bytes(b"bad")
    release = dataclasses.replace(tiny_release, url=server.url("right"))
    dataset = load_mnist(release=release)
    assert_is(dataset, tiny_arrays)
    assert "mnist.npz.refused" in dataset.notes[0]


def test_bad_cache_without_stand_in_is_named_in_the_error(cache, tiny_release):
    cache.write_bytes(b"bad")
    with pytest.raises(DataError, match=r"mnist\.npz\.refused.*was not found.*--download"):
        load_mnist(download=False, stand_in=False, release=tiny_release)


def test_nothing_anywhere_without_stand_in(isolated, tiny_release):
    with pytest.raises(DataError, match=r"MNIST was not found.*--download"):
        load_mnist(download=False, stand_in=False, release=tiny_release)


# --- the download -------------------------------------------------------------------------


def left_behind():
    """What lies in the cache's folder after a download that failed."""
    folder = settings.keras_cache().parent
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def fetch(isolated, tiny_release, server):
    """Download with one of the server's behaviours; small time-out and no second try."""

    def run(behaviour, **options):
        release = dataclasses.replace(tiny_release, url=server.url(behaviour))
        return download_mnist(**{"timeout": 5, "retries": 0, "release": release, **options})

    return run


def test_download_puts_the_file_where_keras_looks(fetch, tiny_npz):
    path = fetch("right")
    assert path == settings.keras_cache()
    assert path.read_bytes() == tiny_npz
    assert left_behind() == ["mnist.npz"]


def test_download_reports_its_progress(fetch, tiny_npz):
    seen = []
    fetch("right", progress=lambda done, total: seen.append((done, total)))
    done = [one for one, _ in seen]
    assert len(seen) > 2
    assert done == sorted(done)
    assert done[0] > 0
    assert done[-1] == len(tiny_npz)
    assert {total for _, total in seen} == {len(tiny_npz)}


def test_progress_never_falls_when_the_size_is_not_known(fetch, tiny_npz):
    seen = []
    fetch("unsized", progress=lambda done, total: seen.append((done, total)))
    done = [one for one, _ in seen]
    assert done == sorted(done)
    assert done[-1] >= len(tiny_npz)
    assert {total for _, total in seen} == {0}


def test_download_tries_again(fetch, server):
    assert fetch("failing-1", retries=1).exists()
    assert len(server.requests) == 2


def test_download_gives_up_after_its_tries(fetch, server):
    with pytest.raises(DownloadError, match="server answered 500"):
        fetch("failing-9", retries=1)
    assert len(server.requests) == 2
    assert left_behind() == []


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("cut", "broke off before the file was complete"),
        ("failing-9", "server answered 500"),
        ("missing", "server answered 404"),
        ("silent", "did not answer in time"),
    ],
)
def test_failed_download_says_why_and_leaves_nothing(fetch, server, behaviour, words):
    where = f"{re.escape(server.url(behaviour))}.*{words}.*put the file at"
    with pytest.raises(DownloadError, match=where):
        fetch(behaviour, timeout=0.3 if behaviour == "silent" else 5)
    assert left_behind() == []


def test_no_server_at_all(isolated, tiny_release, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with pytest.raises(DownloadError, match="no connection to the server"):
        download_mnist(retries=0, release=tiny_release)
    assert left_behind() == []


def test_folder_that_can_not_be_made(isolated, tmp_path, tiny_release, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "file"))
    with pytest.raises(DownloadError, match="could not be written"):
        download_mnist(retries=0, release=tiny_release)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_download_that_is_broken_off_leaves_nothing(fetch, error):
    def stop(done, total):
        assert left_behind() != []  # so the test sees that there was something to remove
        raise error

    with pytest.raises(error):
        fetch("right", progress=stop)
    assert left_behind() == []


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_broken_off_download_leaves_the_file_that_was_there(fetch, tiny_npz, error):
    fetch("right")

    def stop(done, total):
        raise error

    with pytest.raises(error):
        fetch("right", progress=stop)
    assert settings.keras_cache().read_bytes() == tiny_npz
    assert left_behind() == ["mnist.npz"]


def test_wrong_content_is_set_aside_and_named(fetch):
    with pytest.raises(DownloadError, match=r"is not MNIST.*mnist\.npz\.refused.*log-in page"):
        fetch("html")
    assert left_behind() == ["mnist.npz.refused"]
    aside = settings.keras_cache().with_name("mnist.npz.refused")
    assert aside.read_bytes().startswith(b"<html>Please log in")


def test_wrong_content_does_not_replace_the_good_file_that_was_there(fetch, tiny_npz):
    fetch("right")
    with pytest.raises(DownloadError, match="is not MNIST"):
        fetch("html")
    assert settings.keras_cache().exists()
    assert settings.keras_cache().read_bytes() == tiny_npz


def test_failed_download_makes_the_stand_in_and_is_noted(isolated, tiny_release, server):
    release = dataclasses.replace(tiny_release, url=server.url("html"))
    with pytest.warns(UserWarning, match="stand in"):
        dataset = load_mnist(release=release)
    assert dataset.stand_in
    assert "log-in page" in dataset.notes[0]


def test_failed_download_without_stand_in_is_an_error(isolated, tiny_release, server):
    release = dataclasses.replace(tiny_release, url=server.url("html"))
    with pytest.raises(DataError, match=r"log-in page.*was not found"):
        load_mnist(stand_in=False, release=release)


# --- the stand-in -------------------------------------------------------------------------


def test_stand_in_has_mnist_s_form():
    small = load_stand_in()
    assert small.name == STAND_IN_NAME
    assert small.stand_in and not small.verified
    assert small.x_train.shape == (1500, 28, 28)
    assert small.x_test.shape == (297, 28, 28)
    assert (small.y_train.shape, small.y_test.shape) == ((1500,), (297,))
    assert {getattr(small, name).dtype for name in ARRAYS} == {np.dtype(np.uint8)}
    assert (small.x_train.min(), small.x_train.max()) == (0, 255)
    assert set(small.y_train) == set(small.y_test) == set(range(10))


def test_stand_in_keeps_the_frame_of_four_pixels_empty():
    small = load_stand_in()
    inside = np.zeros((28, 28), bool)
    inside[4:24, 4:24] = True
    assert not small.x_train[:, ~inside].any()
    assert small.x_train[:, inside].any()


def test_stand_in_is_the_same_every_time():
    assert load_stand_in().digest() == load_stand_in().digest()


def test_stand_in_pictures_show_their_labels():
    # Each test picture's nearest training picture has its label in nearly all cases.
    small = load_stand_in()
    train, test = (flatten(x).astype(np.float32) for x in (small.x_train, small.x_test))
    nearest = ((train**2).sum(axis=1) - 2 * test @ train.T).argmin(axis=1)
    assert (small.y_train[nearest] == small.y_test).mean() > 0.95


def test_stand_in_warning_says_how_to_get_mnist(isolated, tiny_release):
    with pytest.warns(UserWarning, match=f"{STAND_IN_NAME} stand in.*--download"):
        load_mnist(download=False, release=tiny_release)


# --- identity -----------------------------------------------------------------------------


def test_digest_depends_on_every_array_and_not_on_words(tiny_arrays):
    dataset = Dataset("a", **tiny_arrays, source="b", verified=False)
    assert dataclasses.replace(dataset, name="c", source="d").digest() == dataset.digest()
    others = set()
    for name in ARRAYS:
        changed = getattr(dataset, name).copy()
        changed.flat[0] ^= 1
        others.add(dataclasses.replace(dataset, **{name: changed}).digest())
    assert len(others - {dataset.digest()}) == 4


def test_array_sha256_does_not_depend_on_memory_order(tiny_arrays):
    x = tiny_arrays["x_test"]
    assert array_sha256(np.asfortranarray(x)) == array_sha256(x)


def test_real_mnist(mnist):
    assert (mnist.name, mnist.verified) == ("MNIST", True)
    assert mnist.x_train.shape == (60000, 28, 28)
    assert mnist.x_test.shape == (10000, 28, 28)
    for name in ARRAYS:
        assert array_sha256(getattr(mnist, name)) == MNIST.sha256[name]
    # Counts as in every description of the set.
    assert np.bincount(mnist.y_train).tolist() == [
        5923,
        6742,
        5958,
        6131,
        5842,
        5421,
        5918,
        6265,
        5851,
        5949,
    ]
    assert np.bincount(mnist.y_test).tolist() == [
        980,
        1135,
        1032,
        1010,
        982,
        892,
        958,
        1028,
        974,
        1009,
    ]


# --- splits -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "share", "cut"), [(10, 0.3, 7), (10, 0, 10), (10, 0.25, 7), (60000, 0.3, 42000)]
)
def test_validation_is_the_last_rows(n, share, cut):
    rows = np.arange(n)
    (x, y), (x_val, y_val) = split_validation(rows, -rows, share)
    assert x.tolist() == list(range(cut))
    assert x_val.tolist() == list(range(cut, n))
    np.testing.assert_array_equal(y, -x)
    np.testing.assert_array_equal(y_val, -x_val)


@pytest.mark.parametrize("share", [-0.1, 1, 1.2, float("nan")])
def test_impossible_validation_split(tiny_arrays, share):
    with pytest.raises(DataError, match=f"Received: validation_split={share}"):
        split_validation(tiny_arrays["x_train"], tiny_arrays["y_train"], share)


@pytest.fixture(scope="module")
def small():
    return load_stand_in()


def numbered(dataset):
    """The data set with pictures that carry their row number, to follow each through a split."""
    rows = np.arange(len(dataset.x_train) + len(dataset.x_test), dtype=np.uint16)
    x = np.zeros((len(rows), 28, 28), np.uint8)
    x[:, 0, 0], x[:, 0, 1] = rows % 256, rows // 256
    n = len(dataset.x_train)
    return dataclasses.replace(dataset, x_train=x[:n], x_test=x[n:])


def row_numbers(x):
    return x[:, 0, 0].astype(int) + 256 * x[:, 0, 1].astype(int)


def test_60_20_20_uses_each_image_once_with_its_label(small):
    labels = np.concatenate([small.y_train, small.y_test])
    parts = split_60_20_20(numbered(small))
    found = [row_numbers(x) for x, _ in parts]
    assert sorted(np.concatenate(found)) == list(range(1797))
    for rows, (_, y) in zip(found, parts, strict=True):
        np.testing.assert_array_equal(labels[rows], y)


def test_60_20_20_has_its_shares_in_each_class(small):
    labels = np.concatenate([small.y_train, small.y_test])
    everything = np.bincount(labels)
    for share, (x, y) in zip((0.6, 0.2, 0.2), split_60_20_20(small), strict=True):
        assert abs(len(x) - share * len(labels)) <= 1
        assert len(x) == len(y)
        assert np.abs(np.bincount(y) - share * everything).max() <= 1.5


def test_60_20_20_depends_on_its_seed_alone(small):
    first, again, other = (split_60_20_20(small, seed)[0][0] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_folds_validate_each_row_once(small):
    seen = []
    for train, validation in k_folds(small.y_train, folds=5):
        assert not set(train) & set(validation)
        assert len(train) + len(validation) == 1500
        seen.extend(validation)
    assert sorted(seen) == list(range(1500))


def test_folds_are_stratified(small):
    everything = np.bincount(small.y_train)
    folds = list(k_folds(small.y_train, folds=4))
    assert len(folds) == 4
    for _, validation in folds:
        assert np.abs(np.bincount(small.y_train[validation]) - everything / 4).max() <= 1


# --- forms --------------------------------------------------------------------------------


def test_one_hot():
    rows = one_hot(np.array([3, 0, 9], np.uint8))
    assert rows.shape == (3, 10) and rows.dtype == np.float32
    assert rows.sum(axis=1).tolist() == [1, 1, 1]
    assert rows.argmax(axis=1).tolist() == [3, 0, 9]


def test_flatten_goes_row_by_row(tiny_arrays):
    flat = flatten(tiny_arrays["x_test"])
    assert flat.shape == (100, 784)
    assert flat[7, 28 * 5 + 3] == tiny_arrays["x_test"][7, 5, 3]


def test_flatten_of_nothing():
    assert flatten(np.zeros((0, 28, 28), np.uint8)).shape == (0, 784)


def test_add_channel(tiny_arrays):
    with_channel = add_channel(tiny_arrays["x_test"])
    assert with_channel.shape == (100, 28, 28, 1)
    np.testing.assert_array_equal(with_channel[..., 0], tiny_arrays["x_test"])


def test_scale(tiny_arrays):
    scaled = scale(tiny_arrays["x_test"])
    assert scaled.dtype == np.float32
    assert (scaled.min(), scaled.max()) == (0, 1)
    np.testing.assert_allclose(scaled, tiny_arrays["x_test"] / 255, rtol=1e-6)
