"""What the first layer of a network costs, dense or convolutional; and why dense doesn't scale."""

from dataclasses import dataclass

from mnist_core.i18n import Text, _
from mnist_core.inside.sandbox import output_size

BYTES_PER_PARAMETER = 4  # float32


@dataclass(frozen=True)
class FirstLayer:
    """What the first layer of a network costs.

    Attributes:
        parameters: weights and biases.
        arithmetic: how `parameters` is computed, such as `3 x 3 x 1 x 32 + 32`.
        multiplications: for one image.
        outputs: the numbers that it passes to the next layer for one image.
    """

    parameters: int
    arithmetic: str
    multiplications: int
    outputs: int

    @property
    def bytes(self) -> int:
        """Memory of the parameters alone; training takes three to four times as much."""
        return BYTES_PER_PARAMETER * self.parameters


IMAGE_SIZES: dict[str, tuple[int, int, int]] = {  # width, height, channels
    Text("MNIST, 28x28 gray"): (28, 28, 1),
    Text("CIFAR, 32x32 color"): (32, 32, 3),
    Text("ImageNet, 224x224 color"): (224, 224, 3),
    Text("Full HD, 1920x1080 color"): (1920, 1080, 3),
    Text("4K, 3840x2160 color"): (3840, 2160, 3),
    Text("Cinema 4K, 4096x2160 color"): (4096, 2160, 3),  # a tutorial's: 26,542,080 numbers
}


def dense_layer(width: int, height: int, channels: int, units: int) -> FirstLayer:
    """A dense first layer: each unit has a weight for every number in the image, and a bias."""
    inputs = width * height * channels
    return FirstLayer(
        inputs * units + units,
        f"{width:,} x {height:,} x {channels} x {units:,} + {units:,}",
        inputs * units,
        units,
    )


def conv_layer(width: int, height: int, channels: int, filters: int, kernel: int) -> FirstLayer:
    """A convolutional first layer: each filter has one small kernel for all positions, and a bias.

    Stride 1, without padding.

    Raises:
        RecipeError: the kernel is larger than the image.
    """
    positions = output_size(width, kernel) * output_size(height, kernel)
    weights = kernel * kernel * channels
    return FirstLayer(
        (weights + 1) * filters,
        f"{kernel} x {kernel} x {channels} x {filters} + {filters}",
        positions * weights * filters,
        positions * filters,
    )


def format_bytes(count: int) -> str:
    """A number of bytes in decimal units, such as `1.6 MB`, in the reader's language."""
    value, unit = float(count), "bytes"
    for larger in ("KB", "MB", "GB", "TB", "PB"):
        if value < 1000:
            break
        value, unit = value / 1000, larger
    return _("{count} bytes", count=count) if unit == "bytes" else f"{value:.3g} {unit}"
