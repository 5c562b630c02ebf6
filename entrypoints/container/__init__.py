"""The composition root: the one place that knows which adapter implements which port."""

from jainam_prop.entrypoints.container.composition import Container, open_container

__all__ = ["Container", "open_container"]
