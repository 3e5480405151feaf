"""What ends a measurement with one sentence."""


class Missing(Exception):
    """A peer is not installed: its goals are told as not measured."""


class Broken(Exception):
    """A program failed, or what it measured cannot be."""
