"""MNIST from every source, intact and damaged."""

import dataclasses
import gzip
import re
import struct

import numpy as np
import pytest

from mnist_core import i18n, settings
from mnist_core.data.dataset import ARRAYS, STAND_IN_NAME, array_sha256
from mnist_core.data.mnist import load_mnist
from mnist_core.data.preprocessing import flatten
from mnist_core.data.release import IDX_NAMES, MNIST, read_verified
from mnist_core.errors import DataError


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


# --- the order of offsets ------------------------------------------------------------------


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
    offsets = [*range(0, 160), *range(160, len(tiny_npz) - 300, 9001)]
    offsets += range(len(tiny_npz) - 300, len(tiny_npz))
    refused = 0
    for offset in offsets:
        changed = bytearray(tiny_npz)
        changed[offset] ^= 0xFF
        npz.write_bytes(changed)
        try:
            arrays = read_verified(npz, tiny_release)
        except DataError:
            refused += 1
        else:
            for name in ARRAYS:
                np.testing.assert_array_equal(arrays[name], tiny_arrays[name])
    assert refused > len(offsets) / 2


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
    contents = {path.name: path.read_bytes() for path in cache.parent.iterdir()}
    assert sorted(contents.values()) == [b"first", b"second", b"third"]
    assert contents["mnist.npz.refused"] == b"first"


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


def test_error_is_translated_with_the_errors_that_led_to_it(cache, tiny_release):
    cache.write_bytes(b"bad")
    with pytest.raises(DataError) as caught:
        load_mnist(download=False, stand_in=False, release=tiny_release)
    with i18n.speaking("zh"):
        translated = i18n._(caught.value)
    assert re.search(r"无法读取.*mnist\.npz\.refused。没有找到.*--download", translated)


def test_nothing_anywhere_without_stand_in(isolated, tiny_release):
    with pytest.raises(DataError, match=r"MNIST was not found.*--download"):
        load_mnist(download=False, stand_in=False, release=tiny_release)


# --- a failed download, the stand-in, and the real data ------------------------------------


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


def test_stand_in_warning_says_how_to_get_mnist(isolated, tiny_release):
    with pytest.warns(UserWarning, match=f"{STAND_IN_NAME} stand in.*--download"):
        load_mnist(download=False, release=tiny_release)


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
