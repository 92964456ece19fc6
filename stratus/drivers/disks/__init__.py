"""The disks door."""
