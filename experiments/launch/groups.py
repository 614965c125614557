"""What options are about: the headings of ``--help``, in their order."""

import enum


class Group(enum.StrEnum):
    """Each option is declared with one."""

    COMMAND = "this command"
    DATA = "preset and data"
    NETWORK = "network"
    GENOME = "genome and expression"
    POPULATION = "population and task"
    SELECTION = "selection"
    EVOLUTION = "mode of evolution"
    LIFETIME = "learning in the lifetime"
    RUN = "run, files and resume"
    DEVICES = "devices and processes"
    LOOKING = "looking at it"
