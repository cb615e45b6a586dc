"""The surfaces: each takes an Answer and adds no fact."""
