"""What a hash table reports beyond ValueError and TypeError."""

from __future__ import annotations


class TableFullError(ValueError):
    """A table of fixed capacity met one key more than fits.

    Parameters
    ----------
    capacity : int
        Keys that the table accepts.
    size : int
        Keys that are in it. Less than ``capacity`` where the places that the key may take are full.
    inserted : int, optional
        Leading positions of the batch that were done; they stay.

    Attributes
    ----------
    capacity, size, inserted
        As given.
    """

    def __init__(self, capacity: int, size: int, inserted: int = 0) -> None:
        self.capacity = capacity
        self.size = size
        self.inserted = inserted
        super().__init__(capacity, size, inserted)  # so that pickling rebuilds all three

    def __str__(self) -> str:
        return (
            f"table is full: it holds {self.size} keys, its capacity is {self.capacity}; "
            f"{self.inserted} keys of this batch were inserted"
        )


class NotSupported(TypeError):
    """An operation that this kind of table does not have."""


class NonDeterministicError(RuntimeError):
    """A candidate gave different outputs for the same inputs and the same seed.

    It draws from a source of randomness that is not seeded, reads a clock, or keeps state between calls.
    """
