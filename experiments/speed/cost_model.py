"""What a generation on D devices should take: work that is shared, work that is not, messages.

    T(N, D) = a N / D + b + c(D),    c(1) = 0,    c(D) = 2 latency(D) + bytes / bandwidth(D)

a is what an individual takes: to be drawn, expressed, tested and added up. b is what every device
does by itself: the batch, the update of n frequencies, the start of each program. Two messages
travel in a generation: everybody's fitness is gathered, and the sums over the carriers of each
allele are reduced.
"""

import math
from typing import NamedTuple

_SUM_ROWS = 4  # int32 each: two limbs of fitness, carriers, and those that are marked
_WORD = 4  # bytes


class Model(NamedTuple):
    """What is evolved."""

    name: str
    flops: float  # of an individual's fitness
    num_genes: int


class Machine(NamedTuple):
    """Devices, and the networks within a box of them and between boxes."""

    flops: float  # a second and device, of links that exist
    own_seconds: float  # b
    box: int  # devices
    latency: tuple[float, float]  # seconds a message, within and between boxes
    bandwidth: tuple[float, float]  # bytes a second and device

    def message_seconds(self, num_bytes: float, num_devices: int) -> float:
        """Two messages, which go once around a box and by a tree between boxes."""
        if num_devices == 1:
            return 0.0
        far = num_devices > self.box
        steps = 1 + far * math.log2(num_devices / self.box)
        return 2 * self.latency[far] * steps + num_bytes / self.bandwidth[far]


def network_flops(num_links: int, num_images: int, genes_per_link: float) -> float:
    """Of the fitness of one individual of the paper's network: its weights, its forward pass.

    >>> network_flops(79_400, 100, 5.0)
    16674000.0
    """
    return 2.0 * num_links * (num_images + genes_per_link)


def message_bytes(population_size: int, num_genes: int) -> int:
    """Of the two messages of a generation, for each device: N fitness values and 4 n whole numbers.

    >>> message_bytes(1000, 2000)
    36000
    """
    return _WORD * population_size + _WORD * _SUM_ROWS * num_genes


def seconds(model: Model, machine: Machine, population_size: int, num_devices: int) -> float:
    """T(N, D)."""
    shared = population_size * model.flops / machine.flops / num_devices
    travels = message_bytes(population_size, model.num_genes)
    return shared + machine.own_seconds + machine.message_seconds(travels, num_devices)


def efficiency(model: Model, machine: Machine, population_size: int, num_devices: int) -> float:
    """T(N, 1) / (D T(N, D)): what the devices do beside what one would."""
    alone = seconds(model, machine, population_size, 1)
    return alone / (num_devices * seconds(model, machine, population_size, num_devices))


def smallest_population(
    model: Model, machine: Machine, num_devices: int, at_least: float = 0.9
) -> int | None:
    """The smallest N, to three digits, with which so many devices are as efficient as asked for.

    None where there is none: each device gets everybody's fitness, which no number of devices makes
    less, and an individual may take less time to be tested than its fitness to travel.

    >>> slow = Machine(1e9, 1e-3, 8, (1e-5, 1e-4), (1e9, 1e9))
    >>> small = Model("m", 1e6, 1000)
    >>> size = smallest_population(small, slow, 8)
    >>> efficiency(small, slow, size, 8) >= 0.9 > efficiency(small, slow, int(0.99 * size), 8)
    True
    """
    low, high = 1, 2**40
    if efficiency(model, machine, high, num_devices) < at_least:
        return None
    while low < high:  # efficiency grows with N
        middle = (low + high) // 2
        if efficiency(model, machine, middle, num_devices) >= at_least:
            high = middle
        else:
            low = middle + 1
    unit = 10 ** max(0, len(str(low)) - 3)
    return -(-low // unit) * unit


H100 = Machine(  # flops and b measured, of ``fused`` in bfloat16; the networks are assumed
    flops=3.2e13, own_seconds=3e-4, box=8, latency=(1e-5, 3e-5), bandwidth=(4e11, 4e10)
)
MODELS = (  # that docs/scaling.md carries to many of them
    Model("784-1000-10, 2000 genes, 2000 images", network_flops(88_400, 2000, 5), 2000),
    Model("the same, 100,000 genes", network_flops(88_400, 2000, 5), 100_000),
    Model("10^7 parameters, 100,000 genes, 200 examples", network_flops(10**7, 200, 5), 100_000),
)
