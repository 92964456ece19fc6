"""What administrators do to nodes, besides making them known."""
