"""The figures: what stratus costs, held against a raw alternative that is measured in the same run."""
