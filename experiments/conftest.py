"""Doctests of this folder: not of launchers, whose flags only one program at a time can define."""

from pathlib import Path

collect_ignore = [
    path.name
    for path in Path(__file__).parent.glob("*.py")
    if "launch.run(main)" in path.read_text()
]
