"""The scorecard: question sets, metrics, and the commands that print them."""
