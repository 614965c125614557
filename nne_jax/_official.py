"""What the official files of MNIST and its kin are: names, sizes, contents and where to get them.

What counts is the content. The SHA-256 of the unpacked files of MNIST and Fashion-MNIST are here,
so that these need nothing else, however they were packed. Of the others only the official packed
files can be told from damaged ones: tensorflow-datasets has the SHA-256 of these, and the addresses
of all. TensorFlow is not needed.
"""

from typing import NamedTuple

from nne_jax.errors import InputError, load_extra

EMNIST_SPLITS = ("balanced", "byclass", "bymerge", "digits", "letters", "mnist")
DATASETS = ("mnist", "fashion_mnist", "kmnist", *(f"emnist/{split}" for split in EMNIST_SPLITS))
EMNIST_ARCHIVE = "gzip.zip"  # all splits of EMNIST
EMNIST_MOST = (697_932, 28, 28)  # the shape of the images of its largest split


class Content(NamedTuple):
    """What an IDX file holds when it is unpacked."""

    shape: tuple[int, ...]
    sha256: str | None  # None: not known


class Source(NamedTuple):
    """Where a file comes from, packed as it is there."""

    url: str
    size: int  # bytes
    sha256: str


_SHAPES = {
    "train-images-idx3-ubyte": (60_000, 28, 28),
    "train-labels-idx1-ubyte": (60_000,),
    "t10k-images-idx3-ubyte": (10_000, 28, 28),
    "t10k-labels-idx1-ubyte": (10_000,),
}
_SHA256 = {  # in the order of _SHAPES
    "mnist": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
    "fashion_mnist": (
        "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    ),
    "kmnist": (None,) * 4,
}


def contents(name: str) -> dict[str, Content]:
    """The four IDX files of a data set, by name.

    >>> contents("kmnist")["t10k-labels-idx1-ubyte"]
    Content(shape=(10000,), sha256=None)
    """
    files = zip(_SHAPES.items(), _SHA256[name], strict=True)
    return {file: Content(shape, sha256) for (file, shape), sha256 in files}


def sources(name: str, what: str = "") -> dict[str, Source]:
    """Where the packed files of a data set come from, by their names, from tensorflow-datasets.

    Args:
      name: of the data set.
      what: needs to know it; begins the error's sentence.

    Raises:
      InputError: tensorflow-datasets is not installed.

    >>> sources("mnist")["t10k-labels-idx1-ubyte.gz"].size
    4542
    """
    tfds = load_extra("tensorflow_datasets", what or f"dataset={name}:", "data")
    builder = tfds.builder_cls(name.partition("/")[0])  # building one leaves a temporary folder
    return {
        url.rpartition("/")[2]: Source(url, int(info.size), info.checksum)
        for url, info in (builder.url_infos or {}).items()
    }


def address(name: str, file: str) -> str:
    """Where to get a packed file, in words that also do without tensorflow-datasets.

    >>> address("mnist", "t10k-labels-idx1-ubyte.gz")
    'https://storage.googleapis.com/cvdf-datasets/mnist/t10k-labels-idx1-ubyte.gz'
    """
    try:
        return sources(name)[file].url
    except (InputError, KeyError):
        return f"the official {file}"
